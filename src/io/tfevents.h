/* tfevents.h: scalars for TensorBoard, as an event file: records of length, CRC, protocol buffer, CRC. */
#ifndef RN_IO_TFEVENTS_H
#define RN_IO_TFEVENTS_H

#include "base/error.h"

typedef struct rn_tfevents rn_tfevents;

/* Begins a new event file in a folder (events.out.tfevents.TIME.PID) whose first step will be `step`: what earlier files of the folder say
 * about this step and later ones is dropped by TensorBoard, so a resumed run draws one curve. */
rn_status rn_tfevents_open(const char *folder, int64_t step, rn_tfevents **out, rn_error *err);
/* Appends one record, with one write: a killed run leaves whole records. */
rn_status rn_tfevents_scalar(rn_tfevents *events, int64_t step, const char *tag, float value, rn_error *err);
void rn_tfevents_close(rn_tfevents *events); /* NULL is allowed */

/* CRC-32C (Castagnoli), as used by the records. */
uint32_t rn_crc32c(const void *data, size_t size);

#endif
