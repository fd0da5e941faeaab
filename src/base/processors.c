/* processors.c: how many processors this process may use: its affinity, and the quota of its control group. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pool.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first line of FOLDER/NAME as up to two numbers; how many there were. "max" is no number. */
static int read_numbers(const char *folder, const char *name, double v[2]) {
  char path[4352];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "re");
  if (!f) return 0;
  int n = fscanf(f, "%lf %lf", &v[0], &v[1]);
  fclose(f);
  return n > 0 ? n : 0;
}

/* Processors' worth of time a group is given; INFINITY when there is no limit. Version 2: cpu.max is "QUOTA PERIOD" or "max PERIOD".
 * Version 1: two files, and a quota of -1 for none. */
static double group_quota(const char *folder) {
  double v[2], period[2];
  if (read_numbers(folder, "cpu.max", v) == 2 && v[1] > 0) return v[0] / v[1];
  if (read_numbers(folder, "cpu.cfs_quota_us", v) == 1 && v[0] > 0 && read_numbers(folder, "cpu.cfs_period_us", period) == 1 &&
      period[0] > 0)
    return v[0] / period[0];
  return INFINITY;
}

/* The least quota of a group and the groups it is in. Inside a container the path may be that of the host; then only the root of the
 * mount is there, and is ours. */
static double least_quota(const char *mount, const char *group) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s%s", mount, group);
  double least = INFINITY;
  for (size_t root = strlen(mount); strlen(folder) >= root;) {
    least = fmin(least, group_quota(folder));
    char *slash = strrchr(folder, '/');
    if (!slash) break;
    *slash = '\0';
  }
  return least;
}

/* /proc/self/cgroup has lines "ID:CONTROLLERS:PATH"; version 2 has ID 0 and no controllers. */
static double quota(void) {
  double least = INFINITY;
  FILE *f = fopen("/proc/self/cgroup", "re");
  if (!f) return least;
  char line[2048];
  while (fgets(line, sizeof line, f)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) continue;
    *controllers++ = *path++ = '\0';
    if (!*controllers) least = fmin(least, fmin(least_quota("/sys/fs/cgroup", path), least_quota("/sys/fs/cgroup/unified", path)));
    for (char *save, *c = strtok_r(controllers, ",", &save); c; c = strtok_r(NULL, ",", &save))
      if (strcmp(c, "cpu") == 0)
        least = fmin(least, fmin(least_quota("/sys/fs/cgroup/cpu", path), least_quota("/sys/fs/cgroup/cpu,cpuacct", path)));
  }
  fclose(f);
  return least;
}

static int affinity(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long n = sysconf(_SC_NPROCESSORS_ONLN); /* more than 1024 processors */
  return n > 0 ? (int)n : 1;
}

int rn_pool_processors(void) {
  int n = affinity();
  double limit = ceil(quota());
  if (limit < n) n = (int)limit;
  return n > 0 ? n : 1;
}
