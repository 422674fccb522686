#include "header.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct header) == block_bytes, "a header is a block");

static bool binary_number(const uint8_t *field, size_t size, int64_t *value) {
  uint8_t sign = field[0] == 0xff ? 0xff : 0;
  uint64_t bits = sign != 0 ? UINT64_MAX : field[0] & 0x7f;
  for (size_t i = 1; i < size; i++) {
    /* What leaves at the top must say nothing but the sign. */
    if (bits >> 56 != sign) return false;
    bits = bits << 8 | field[i];
  }
  *value = (int64_t)bits;
  return (*value < 0) == (sign != 0);
}

bool header_number(const char *field, size_t size, int64_t *value) {
  if (field[0] & 0x80) return binary_number((const uint8_t *)field, size, value);
  size_t at = 0;
  uint64_t read = 0;
  while (at < size && field[at] == ' ') at++;
  /* Twelve digits are 36 bits. */
  for (; at < size && field[at] >= '0' && field[at] <= '7'; at++) read = read << 3 | (uint64_t)(field[at] - '0');
  *value = (int64_t)read;
  return at == size || field[at] == 0 || field[at] == ' ';
}

void header_put_number(char *field, size_t size, int64_t value) {
  if (value >= 0 && (uint64_t)value >> (3 * (size - 1)) == 0) {
    for (size_t i = size - 1; i-- > 0; value >>= 3) field[i] = (char)('0' + (value & 7));
    field[size - 1] = 0;
    return;
  }
  uint64_t bits = (uint64_t)value;
  for (size_t i = size; i-- > 1; bits = bits >> 8 | (value < 0 ? UINT64_MAX << 56 : 0)) field[i] = (char)(bits & 0xff);
  field[0] = (char)(value < 0 ? 0xff : 0x80);
}

/* With blanks for the sum's own field. Early tars took bytes as signed. */
static void sums(const struct header *header, int64_t *as_unsigned, int64_t *as_signed) {
  const char *bytes = (const char *)header;
  *as_unsigned = *as_signed = 0;
  for (size_t i = 0; i < block_bytes; i++) {
    char byte = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type) ? ' ' : bytes[i];
    *as_unsigned += (unsigned char)byte;
    *as_signed += (signed char)byte;
  }
}

bool header_is_sound(const struct header *header) {
  int64_t said, as_unsigned, as_signed;
  sums(header, &as_unsigned, &as_signed);
  return header_number(header->checksum, sizeof header->checksum, &said) && (said == as_unsigned || said == as_signed);
}

bool header_is_zero(const struct header *header) {
  static const char zeros[block_bytes];
  return memcmp(header, zeros, block_bytes) == 0;
}

void header_seal(struct header *header) {
  int64_t sum, other;
  memcpy(header->magic, "ustar  ", sizeof header->magic);
  sums(header, &sum, &other);
  snprintf(header->checksum, sizeof header->checksum, "%06o", (unsigned)sum);
  header->checksum[7] = ' ';
}
