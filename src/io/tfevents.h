/* tfevents.h: scalars for TensorBoard: an events.out.tfevents.* file of TFRecords (length, masked CRC32C, Event). Written by hand: an
 * Event is { wall_time, step, Summary { Value { tag, simple_value } } }. */
#ifndef RN_IO_TFEVENTS_H
#define RN_IO_TFEVENTS_H

#include "base/error.h"

typedef struct rn_tfevents rn_tfevents;

/* Starts a new file in a folder, named events.out.tfevents.SECONDS.HOST.PID; TensorBoard reads all of a folder's as one, so that a resumed
 * run adds a file, whose first event tells it to forget what came after `step` (0: nothing did). */
rn_status rn_tfevents_open(const char *folder, int64_t step, rn_tfevents **out, rn_error *err);
/* Appends one number with one write(2). */
rn_status rn_tfevents_scalar(rn_tfevents *t, const char *tag, int64_t step, double value, rn_error *err);
void rn_tfevents_close(rn_tfevents *t); /* NULL is allowed */

#endif
