#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "line.h"

struct reader {
  const uint8_t *at, *end;
  /* Where the next text goes, its zero byte behind it. */
  char *text;
  bool failed;
};

static const uint8_t *take(struct reader *reader, size_t count) {
  if ((size_t)(reader->end - reader->at) < count) reader->failed = true;
  if (reader->failed) return NULL;
  const uint8_t *taken = reader->at;
  reader->at += count;
  return taken;
}

static uint16_t number(struct reader *reader) {
  const uint8_t *bytes = take(reader, 2);
  return bytes == NULL ? 0 : u16_at(bytes);
}

static char *text(struct reader *reader) {
  const uint8_t *size = take(reader, 4);
  uint32_t length = size == NULL ? 0 : u32_at(size);
  const uint8_t *bytes = take(reader, length);
  /* A zero byte within would end the text early: the host meant something else. */
  if (bytes != NULL && memchr(bytes, 0, length) != NULL) reader->failed = true;
  if (reader->failed) return NULL;
  char *kept = reader->text;
  memcpy(kept, bytes, length);
  kept[length] = 0;
  reader->text += length + 1;
  return kept;
}

static char **texts(struct reader *reader) {
  uint16_t count = number(reader);
  char **list = calloc((size_t)count + 1, sizeof *list);
  if (list == NULL) abort();
  for (uint16_t i = 0; i < count; i++) list[i] = text(reader);
  return list;
}

bool order_read(struct order *order, const uint8_t *payload, size_t length) {
  /* A text of n bytes takes 4 + n there, and n + 1 here. */
  *order = (struct order){.bytes = malloc(length + 1)};
  if (order->bytes == NULL) abort();
  struct reader reader = {payload, payload + length, order->bytes, false};
  const uint8_t *flags = take(&reader, 1);
  order->flags = flags == NULL ? 0 : *flags;
  order->columns = number(&reader);
  order->rows = number(&reader);
  order->user = text(&reader);
  order->directory = text(&reader);
  order->words = texts(&reader);
  order->variables = texts(&reader);
  return !reader.failed && reader.at == reader.end && order->words[0] != NULL;
}

void order_free(struct order *order) {
  free(order->words);
  free(order->variables);
  free(order->bytes);
  *order = (struct order){0};
}
