/* An order to start a command: the payload of OPEN, checked and taken apart. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order {
  uint8_t flags;
  uint16_t columns, rows;
  char *user, *directory;
  /* Both end with NULL; words holds at least one. */
  char **words, **variables;
  /* Everything above lies in here. */
  char *bytes;
};

/* False where the payload is not an order. What is read is to be freed. */
bool order_read(struct order *order, const uint8_t *payload, size_t length);
void order_free(struct order *order);

#endif
