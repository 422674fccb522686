/*
 * The block that begins each entry of an archive: tar(5), "POSIX ustar Archives", "GNU Tar Archives". Numbers are octal digits, or
 * where they don't fit a big-endian number behind a byte 0x80 (0xff: negative).
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { block_bytes = 512 };

struct header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
  /* Only where `magic` begins with `ustar`; `prefix` only where a zero byte ends that: GNU has other things there. */
  char magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};

enum {
  type_file = '0',
  type_hard_link = '1',
  type_symlink = '2',
  type_character = '3',
  type_block = '4',
  type_directory = '5',
  type_fifo = '6',
  type_contiguous = '7',
  type_volume = 'V',
  type_long_name = 'L',
  type_long_link = 'K',
  type_pax = 'x',
  type_pax_for_all = 'g',
};

/* False where the field holds no number, or one beyond 63 bits. */
bool header_number(const char *field, size_t size, int64_t *value);
void header_put_number(char *field, size_t size, int64_t value);

bool header_is_sound(const struct header *header);
bool header_is_zero(const struct header *header);
/* Magic and checksum; the last thing that is put. */
void header_seal(struct header *header);

#endif
