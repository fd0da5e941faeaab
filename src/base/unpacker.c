/* unpacker.c: gzip and zstd as they pass by. */
#include "base/unpacker.h"
#include "base/alloc.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct rn_unpacker {
  rn_packing packing;
  const char *name;
  z_stream gzip;
  ZSTD_DStream *zstd;
  uint64_t at; /* bytes taken */
  bool ended;  /* at the end of a member, with all of it given out */
};

rn_packing rn_packing_of(const char *data, size_t size) {
  if (size >= 2 && memcmp(data, "\x1f\x8b", 2) == 0) return RN_PACKING_GZIP;
  if (size >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0) return RN_PACKING_ZSTD;
  return RN_PACKING_NONE;
}

static void *zlib_alloc(void *user, unsigned count, unsigned size) { return rn_alloc_zero(count, size); }
static void zlib_free(void *user, void *p) { rn_free(p); }

static rn_status no_memory(const char *name, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", name);
}

static rn_status corrupt(const rn_unpacker *u, const char *why, rn_error *err) {
  return rn_error_set(err, RN_ERROR_DATA, "cannot unpack '%s': %s at byte %llu: %s", u->name,
                      u->packing == RN_PACKING_GZIP ? "gzip" : "zstd", (unsigned long long)u->at, why);
}

rn_status rn_unpacker_new(rn_packing packing, const char *name, rn_unpacker **out, rn_error *err) {
  *out = NULL;
  rn_unpacker *u = rn_alloc_zero(1, sizeof *u);
  if (!u) return no_memory(name, err);
  u->packing = packing;
  u->name = name;
  u->gzip.zalloc = zlib_alloc;
  u->gzip.zfree = zlib_free;
  bool ready = packing == RN_PACKING_GZIP ? inflateInit2(&u->gzip, 16 + MAX_WBITS) == Z_OK : (u->zstd = ZSTD_createDStream()) != NULL;
  if (!ready) {
    rn_free(u);
    return no_memory(name, err);
  }
  *out = u;
  return RN_OK;
}

void rn_unpacker_free(rn_unpacker *u) {
  if (!u) return;
  if (u->packing == RN_PACKING_GZIP) inflateEnd(&u->gzip);
  else ZSTD_freeDStream(u->zstd);
  rn_free(u);
}

static unsigned at_most_uint(size_t n) { return n > 1u << 30 ? 1u << 30 : (unsigned)n; }

/* Members in a row are one file (RFC 1952, 2.2). */
static rn_status gunzip(rn_unpacker *u, rn_string *in, char *out, size_t room, size_t *made, rn_error *err) {
  z_stream *z = &u->gzip;
  if (u->ended && in->size) inflateReset(z);
  else if (u->ended) return RN_OK;
  unsigned given = at_most_uint(in->size), space = at_most_uint(room);
  z->next_in = (unsigned char *)in->data, z->avail_in = given;
  z->next_out = (unsigned char *)out, z->avail_out = space;
  int r = inflate(z, Z_NO_FLUSH);
  unsigned taken = given - z->avail_in;
  *in = (rn_string){in->data + taken, in->size - taken};
  *made = space - z->avail_out;
  u->at += taken;
  u->ended = r == Z_STREAM_END;
  if (r == Z_MEM_ERROR) return no_memory(u->name, err);
  bool fine = r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR; /* the last: nothing left to take, or no room */
  return fine ? RN_OK : corrupt(u, z->msg ? z->msg : "malformed", err);
}

static rn_status unzstd(rn_unpacker *u, rn_string *in, char *out, size_t room, size_t *made, rn_error *err) {
  if (u->ended && !in->size) return RN_OK;
  ZSTD_inBuffer from = {in->data, in->size, 0};
  ZSTD_outBuffer to = {out, room, 0};
  size_t left = ZSTD_decompressStream(u->zstd, &to, &from); /* 0: at the end of a frame */
  *in = (rn_string){in->data + from.pos, in->size - from.pos};
  *made = to.pos;
  u->at += from.pos;
  u->ended = left == 0;
  return ZSTD_isError(left) ? corrupt(u, ZSTD_getErrorName(left), err) : RN_OK;
}

rn_status rn_unpacker_step(rn_unpacker *u, rn_string *in, char *out, size_t room, size_t *made, rn_error *err) {
  *made = 0;
  return (u->packing == RN_PACKING_GZIP ? gunzip : unzstd)(u, in, out, room, made, err);
}

rn_status rn_unpacker_whole(rn_unpacker *u, rn_error *err) { return u->ended ? RN_OK : corrupt(u, "cut short", err); }
