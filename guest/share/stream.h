/*
 * Requests by a stream, from whoever has the device and its queues himself: each is the length of what follows, a number, how many bytes its answer may have, and what the
 * guest wrote. An answer is the length of what follows, that number, and what the guest is to read; there is none where there is no room for it. All numbers are
 * big-endian and have four bytes.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>

/* Serves one request. False once nobody speaks any more. */
bool stream_serve(int connection);

#endif
