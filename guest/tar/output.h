/* An archive on standard output, in pieces as large as its pipe. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>
#include <stdint.h>

void output_put(const void *bytes, size_t count);
void output_zeros(size_t count);
/* So many bytes of a file. Returns how many of them it did not have. */
uint64_t output_file(int fd, uint64_t count);
void output_flush(void);

#endif
