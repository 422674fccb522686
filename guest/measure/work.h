/* One kind of work, and what all kinds use. */
#ifndef WORK_H
#define WORK_H

#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096
#define MEBI (1 << 20)

struct work {
  const char *name;
  /* Before anything is timed; or NULL. */
  void (*prepare)(void);
  void (*run)(long loops);
};

/* A name of NULL ends each list. */
extern const struct work processor_works[], process_works[], file_works[], network_works[];

/* What was computed goes here, so that no compiler leaves the computing away. */
extern volatile uint64_t sink;

/* This work can't be done here: `what`, and errno, become its answer. Does not return. */
_Noreturn void fail(const char *what);

/* Memory in pages of 4 KiB always: whether the kernel has a large one to give is chance. Children don't get it, so forking costs the same. */
unsigned char *pages(size_t bytes);

/* Processor time of the process that answers bytes, which nobody waits for; 0 while there is none. */
int64_t partner_ns(void);

/* Files the works need in the present directory: one to look at, and a copy of this program, whose path is `self`, to execute. Made alike everywhere. */
void lay_files(const char *self);
void remove_files(void);

/* Who answers connections: address and port. */
void set_server(const char *address_and_port);

/* Answers connections at an address until standard input ends. Returns the exit status. */
int serve(const char *address);

#endif
