/* What the interpreter's speed is told by: six programs of the kind that people run, each by itself, without a library. */
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif

static uint8_t bytes[1 << 20];
static uint32_t words[1 << 17];
static double left[1 << 12], right[1 << 12];

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* CRC-32 of ISO 3309, by a table. */
uint64_t crc(void) {
  static uint32_t table[256];
  for (uint32_t at = 0; at < 256; at++) {
    uint32_t value = at;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[at] = value;
  }
  uint32_t state = 1;
  for (uint32_t at = 0; at < sizeof bytes; at++) bytes[at] = (uint8_t)next_random(&state);
  uint32_t sum = ~0u;
  for (int round = 0; round < ROUNDS; round++)
    for (uint32_t at = 0; at < sizeof bytes; at++) sum = table[(sum ^ bytes[at]) & 255] ^ sum >> 8;
  return ~sum;
}

/* Primes below a million, by striking out. */
uint64_t sieve(void) {
  uint64_t count = 0;
  for (int round = 0; round < ROUNDS; round++) {
    count = 0;
    for (uint32_t at = 0; at < sizeof bytes; at++) bytes[at] = 1;
    for (uint32_t at = 2; at < sizeof bytes; at++) {
      if (!bytes[at]) continue;
      count++;
      for (uint32_t multiple = 2 * at; multiple < sizeof bytes; multiple += at) bytes[multiple] = 0;
    }
  }
  return count;
}

static void sort(uint32_t *from, uint32_t *to) {
  while (to - from > 1) {
    uint32_t pivot = from[(to - from) / 2], *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low > high) break;
      uint32_t swapped = *low;
      *low++ = *high;
      *high-- = swapped;
    }
    sort(from, high + 1);
    from = low;
  }
}

/* Quicksort. */
uint64_t qsort(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t state = 7;
    const uint32_t count = sizeof words / sizeof *words;
    for (uint32_t at = 0; at < count; at++) words[at] = next_random(&state);
    sort(words, words + count);
    for (uint32_t at = 1; at < count; at++) sum += words[at - 1] <= words[at] ? words[at] ^ at : 1ull << 63;
  }
  return sum;
}

enum { op_push, op_add, op_sub, op_dup, op_jump_if, op_swap, op_end };

/* A machine with a stack, whose program counts down and adds up. */
uint64_t interp(void) {
  static const int32_t code[] = {op_push, 0,      op_push, 100000 * ROUNDS, op_swap, op_push,    3, op_add,
                                 op_swap, op_push, 1,       op_sub,           op_dup,  op_jump_if, 4, op_end};
  int64_t stack[32];
  int64_t *top = stack;
  uint64_t steps = 0;
  for (const int32_t *at = code;;) {
    steps++;
    switch (*at++) {
      case op_push: *top++ = *at++; break;
      case op_add: top--, top[-1] += *top; break;
      case op_sub: top--, top[-1] -= *top; break;
      case op_dup: *top = top[-1], top++; break;
      case op_swap: {
        int64_t swapped = top[-1];
        top[-1] = top[-2];
        top[-2] = swapped;
        break;
      }
      case op_jump_if:
        if (*--top > 0) at = code + *at;
        else at++;
        break;
      default: return steps ^ (uint64_t)top[-1];
    }
  }
}

static uint64_t fibonacci(uint64_t of) {
  return of < 2 ? of : fibonacci(of - 1) + fibonacci(of - 2);
}

/* Calls and returns. */
uint64_t fib(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) sum += fibonacci(27);
  return sum;
}

/* a * x + y of doubles. */
uint64_t saxpy(void) {
  const uint32_t count = sizeof left / sizeof *left;
  for (uint32_t at = 0; at < count; at++) left[at] = at, right[at] = 1.0 / (at + 1);
  for (int round = 0; round < 200 * ROUNDS; round++)
    for (uint32_t at = 0; at < count; at++) right[at] += 0.5 * left[at];
  double sum = 0;
  for (uint32_t at = 0; at < count; at++) sum += right[at];
  return (uint64_t)sum;
}

/* What starting costs by itself. */
uint64_t nothing(void) {
  return 0;
}

/* The one that is built, and nothing behind it: its result is in rax when it ends with #UD. */
#ifdef HOSTED
#include <stdio.h>
int main(void) {
  printf("%llu\n", (unsigned long long)KERNEL());
  return 0;
}
#else
void _start(void) {
  uint64_t result = KERNEL();
  __asm__ volatile("ud2" : : "a"(result));
  __builtin_unreachable();
}
#endif
