/*
 * Runs short code in segments of a local table on the host's processor: segments ENTRIES CASES RESULTS. Code and data are where no program has
 * any; a case ends in a signal, whose handler takes down its state and sets that of the next, as native.c does.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

enum { code_bytes = 64, data_bytes = 4096, page = 4096 };
#define CODE 0x20000000ul
#define DATA 0x20018000ul
#define FLAT_DATA 0x2b

struct test {
  uint8_t code[code_bytes];
  uint32_t gpr[8];
  uint32_t flags;
  /* Where it begins. */
  uint32_t selector, offset;
  uint32_t seed;
  /* Of the code in its page, where it may end. */
  uint32_t at;
};

struct result {
  uint32_t gpr[8];
  uint32_t flags, rip, selector, trap, error;
  uint16_t ss, ds, es, gs;
  uint32_t sum;
};

static const int order[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI};
static FILE *cases, *results;
static struct test test;
static int running;
/* Which case it is, and which it was when time was last looked at. */
static long number, seen = -1;
enum { endless = 255 };
static uint64_t own_segments;

/* What is not 0 of the data counts with its place, so that what was written shows. */
static uint32_t sum_of(const uint32_t *data) {
  uint32_t sum = 0;
  for (int at = 0; at < data_bytes / 4; at++) sum = sum * 31 + data[at];
  return sum;
}

static void take(const mcontext_t *from, int is_endless) {
  uint64_t segments = from->gregs[REG_CSGSFS];
  struct result result = {.flags = from->gregs[REG_EFL], .rip = from->gregs[REG_RIP], .selector = segments & 0xffff, .ss = segments >> 48};
  result.trap = is_endless ? endless : from->gregs[REG_TRAPNO];
  result.error = from->gregs[REG_ERR];
  for (int at = 0; at < 8; at++) result.gpr[at] = from->gregs[order[at]];
  __asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%gs, %2" : "=r"(result.ds), "=r"(result.es), "=r"(result.gs));
  result.sum = sum_of((void *)DATA);
  if (fwrite(&result, sizeof result, 1, results) != 1) abort();
}

static void fill(uint32_t state) {
  uint32_t *data = (void *)DATA;
  for (int at = 0; at < data_bytes / 4; at++) {
    state = state * 1664525 + 1013904223;
    data[at] = state;
  }
}

static void on_signal(int which, siginfo_t *info, void *context) {
  (void)info;
  /* A case that runs for a whole period has no end. Of its own time, for others may keep it waiting as long. */
  if (which == SIGVTALRM && (!running || seen != number)) {
    seen = number;
    return;
  }
  ucontext_t *all = context;
  mcontext_t *machine = &all->uc_mcontext;
  __asm__ volatile("pushq $2\n\tpopfq" : : : "memory", "cc");
  if (running) take(machine, which == SIGVTALRM);
  else own_segments = machine->gregs[REG_CSGSFS];
  running = 1;
  number++;
  if (fread(&test, sizeof test, 1, cases) != 1) {
    fclose(results);
    _exit(0);
  }
  fill(test.seed);
  memset((void *)CODE, 0xcc, page);
  memcpy((char *)CODE + test.at, test.code, test.at + code_bytes > page ? page - test.at : code_bytes);
  for (int at = 0; at < 8; at++) machine->gregs[order[at]] = test.gpr[at];
  for (int at = REG_R8; at <= REG_R15; at++) machine->gregs[at] = 0;
  machine->gregs[REG_EFL] = test.flags;
  machine->gregs[REG_RIP] = test.offset;
  machine->gregs[REG_CSGSFS] = (own_segments & 0x0000ffffffff0000ull) | ((uint64_t)FLAT_DATA << 48) | test.selector;
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %1, %%gs" : : "r"(FLAT_DATA), "r"(0));
}

static int map(unsigned long at, int access) {
  return mmap((void *)at, page, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED;
}

/* ENTRIES has a struct user_desc for each: linux arch/x86/include/uapi/asm/ldt.h. */
static int set_table(FILE *entries) {
  uint32_t entry[4];
  while (fread(entry, sizeof entry, 1, entries) == 1)
    if (syscall(SYS_modify_ldt, 0x11, entry, sizeof entry) != 0) return 1;
  return 0;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  FILE *entries = fopen(words[1], "rb");
  cases = fopen(words[2], "rb");
  results = fopen(words[3], "wb");
  if (entries == NULL || cases == NULL || results == NULL) return 1;
  if (set_table(entries)) return 3;
  setvbuf(results, NULL, _IOFBF, 1 << 20);
  setvbuf(cases, NULL, _IOFBF, 1 << 20);
  if (map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC) || map(DATA, PROT_READ | PROT_WRITE)) return 1;
  stack_t stack = {.ss_sp = malloc(1 << 18), .ss_size = 1 << 18};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&stack, NULL);
  sigfillset(&action.sa_mask);
  for (int each = 0; each < 6; each++) sigaction((int[]){SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGVTALRM}[each], &action, NULL);
  struct itimerval period = {.it_interval.tv_usec = 50000, .it_value.tv_usec = 50000};
  setitimer(ITIMER_VIRTUAL, &period, NULL);
  raise(SIGTRAP);
  return 1;
}
