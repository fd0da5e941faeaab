/* schedule.c: the learning rate as a function of the step alone, so that a resumed run needs no memory of it. */
#include <math.h>
#include <rondo/train.h>
#include <string.h>

static const char *const names[] = {
    [RN_SCHEDULE_CONSTANT] = "constant", [RN_SCHEDULE_LINEAR] = "linear", [RN_SCHEDULE_COSINE] = "cosine",
    [RN_SCHEDULE_RSQRT] = "rsqrt",       [RN_SCHEDULE_STEP] = "step",     [RN_SCHEDULE_PLATEAU] = "plateau",
};
enum { N_NAMES = sizeof names / sizeof names[0] };

bool rn_schedule_parse(const char *name, rn_schedule_kind *out) {
  for (int i = 0; i < N_NAMES; i++)
    if (strcmp(name, names[i]) == 0) {
      *out = (rn_schedule_kind)i;
      return true;
    }
  return false;
}

const char *rn_schedule_name(rn_schedule_kind kind) { return (unsigned)kind < N_NAMES ? names[kind] : "unknown"; }

/* How far from the end of the warm-up to the end of training: 0 .. 1. */
static double progress(const rn_schedule *s, int64_t step) {
  double span = (double)(s->total_steps - s->warmup);
  return span > 0 ? fmin(1, fmax(0, (double)(step - s->warmup) / span)) : 0;
}

float rn_schedule_rate(const rn_schedule *s, int64_t step, int64_t plateaus) {
  /* Step t is the (t + 1)-th: the first one has a rate above zero, and the rise is over after `warmup` steps. */
  double done = (double)(step + 1);
  double rise = s->warmup > 0 ? fmin(1, done / (double)s->warmup) : 1;
  double fall = 1;
  switch (s->kind) {
  case RN_SCHEDULE_CONSTANT: break;
  case RN_SCHEDULE_LINEAR: fall = 1 - progress(s, step); break;
  case RN_SCHEDULE_COSINE: fall = 0.5 * (1 + cos(3.14159265358979323846 * progress(s, step))); break;
  case RN_SCHEDULE_RSQRT: fall = sqrt(fmin(1, fmax(1, (double)s->warmup) / done)); break;
  case RN_SCHEDULE_STEP: {
    int64_t epoch = s->steps_per_epoch > 0 ? step / s->steps_per_epoch : 0; /* from 0 */
    fall = pow(s->decay, fmax(0, (double)(epoch + 1 - s->decay_after)));
    break;
  }
  case RN_SCHEDULE_PLATEAU: fall = pow(s->decay, (double)plateaus); break;
  }
  return (float)(s->lr * rise * fall);
}
