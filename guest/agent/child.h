/* From an order to a running process. */
#ifndef CHILD_H
#define CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "order.h"

/* What came of a start: written to `report` by the child that failed; closed without a word by the one that became the command. */
struct mishap {
  uint8_t stage;
  uint16_t error;
};

/* The agent's ends. With a terminal, `out` is its master, `in` another descriptor of it, and `err` -1. The main command has none: all are -1. */
struct child {
  pid_t pid;
  int in, out, err;
  int report;
};

/* The root file system that commands see; that of process 1, with its namespaces, unless told otherwise. */
void child_root(const char *path);
const char *child_root_path(void);
/* A static program of the agent's own surroundings, for orders with open_tool. */
void child_tool(const char *path);
/* Devices in /dev that the main command has its standard streams from; NULL: as they are. */
void child_consoles(const char *first, const char *second);

/* Sets how readily a kernel short of memory kills this process: proc(5), oom_score_adj. */
void child_priority(const char *score);

/* Starts it. Nonzero: the stage that failed here, errno says why. */
int child_start(struct child *child, const struct order *order);
void child_resize(const struct child *child, uint16_t columns, uint16_t rows);

#endif
