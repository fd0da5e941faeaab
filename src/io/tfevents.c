/* tfevents.c: tensorflow/core/util/event.proto, by hand:
 *
 *     Event        1 double wall_time   2 int64 step   3 string file_version   5 Summary   7 SessionLog
 *     Summary      1 repeated Value { 1 string tag   2 float simple_value }
 *     SessionLog   1 enum status (1: START)
 *
 * Every field is a tag (number << 3 | wire type), then a varint (type 0), 8 bytes (1), a length and bytes (2), or 4 bytes (5).
 * A record is: uint64 length, masked CRC of the length, the bytes, masked CRC of the bytes (TFRecord). */
#include "io/tfevents.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text_buffer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct rn_tfevents {
  char *path;
};

uint32_t rn_crc32c(const void *data, size_t size) {
  const unsigned char *p = data;
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; i++) {
    crc ^= p[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0x82F63B78u & -(crc & 1));
  }
  return ~crc;
}

/* ---- fields ---- */

static void put_little_endian(rn_text *t, uint64_t value, int size) {
  unsigned char bytes[8];
  for (int i = 0; i < size; i++) bytes[i] = (unsigned char)(value >> 8 * i);
  rn_text_append(t, bytes, (size_t)size);
}

static void put_varint(rn_text *t, uint64_t value) {
  unsigned char bytes[10];
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) bytes[n++] = (unsigned char)(value | 0x80);
  bytes[n++] = (unsigned char)value;
  rn_text_append(t, bytes, n);
}

static void put_tag(rn_text *t, int field, int type) { put_varint(t, (uint64_t)(field << 3 | type)); }

static void put_bytes(rn_text *t, int field, const void *data, size_t size) {
  put_tag(t, field, BYTES);
  put_varint(t, size);
  rn_text_append(t, data, size);
}

static void put_event_start(rn_text *event, int64_t step) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  double seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
  uint64_t bits;
  memcpy(&bits, &seconds, sizeof bits);
  put_tag(event, 1, FIXED64);
  put_little_endian(event, bits, 8);
  put_tag(event, 2, VARINT);
  put_varint(event, (uint64_t)step);
}

/* ---- records ---- */

static uint32_t masked(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8u; }

/* Writes the event as a record and frees it. */
static rn_status record_write(const rn_tfevents *events, rn_text *event, rn_error *err) {
  rn_text record = {0};
  put_little_endian(&record, event->size, 8);
  if (!record.failed) put_little_endian(&record, masked(rn_crc32c(record.data, 8)), 4);
  if (!event->failed) {
    rn_text_append(&record, event->data, event->size);
    put_little_endian(&record, masked(rn_crc32c(event->data, event->size)), 4);
  }
  rn_status status = event->failed || record.failed ? rn_error_set(err, RN_ERROR_MEMORY, "cannot write '%s': out of memory", events->path)
                                                    : rn_file_append(events->path, record.data, record.size, err);
  rn_text_free(event);
  rn_text_free(&record);
  return status;
}

rn_status rn_tfevents_scalar(rn_tfevents *events, int64_t step, const char *tag, float value, rn_error *err) {
  rn_text event = {0}, summary = {0}, field = {0};
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_bytes(&field, 1, tag, strlen(tag));
  put_tag(&field, 2, FIXED32);
  put_little_endian(&field, bits, 4);
  put_bytes(&summary, 1, field.data, field.size);
  put_event_start(&event, step);
  put_bytes(&event, 5, summary.data, summary.size);
  event.failed |= field.failed || summary.failed;
  rn_text_free(&field);
  rn_text_free(&summary);
  return record_write(events, &event, err);
}

rn_status rn_tfevents_open(const char *folder, int64_t step, rn_tfevents **out, rn_error *err) {
  *out = NULL;
  char name[96];
  snprintf(name, sizeof name, "events.out.tfevents.%010lld.rondo.%ld", (long long)time(NULL), (long)getpid());
  rn_tfevents *events = rn_alloc_zero(1, sizeof *events);
  if (events) events->path = rn_path_join(folder, name);
  if (!events || !events->path) {
    rn_tfevents_close(events);
    return rn_error_set(err, RN_ERROR_MEMORY, "cannot write events in '%s': out of memory", folder);
  }
  static const char version[] = "brain.Event:2";
  static const unsigned char start[] = {1 << 3 | VARINT, 1};
  rn_text event = {0};
  put_event_start(&event, 0);
  put_bytes(&event, 3, version, strlen(version));
  rn_status status = record_write(events, &event, err);
  if (status == RN_OK) {
    event = (rn_text){0};
    put_event_start(&event, step);
    put_bytes(&event, 7, start, sizeof start);
    status = record_write(events, &event, err);
  }
  if (status == RN_OK) *out = events;
  else rn_tfevents_close(events);
  return status;
}

void rn_tfevents_close(rn_tfevents *events) {
  if (!events) return;
  rn_free(events->path);
  rn_free(events);
}
