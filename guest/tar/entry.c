#include "entry.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "header.h"
#include "input.h"
#include "say.h"

/* No path a kernel takes is as long as 4096 bytes; other words of a pax header may take more. */
enum { described_most = 1 << 20 };

/* What was said of the entry that follows. Texts are NULL, numbers -1 where nothing was. */
struct described {
  char *name, *link;
  int64_t size, uid, gid;
  bool has_mtime, is_sparse;
  struct timespec mtime;
};

static _Noreturn void give_up(void) { say_and_end("", "the archive is damaged, or none"); }

static int64_t number(const char *field, size_t size, int64_t least, int64_t most) {
  int64_t value;
  if (!header_number(field, size, &value) || value < least || value > most) give_up();
  return value;
}
#define NUMBER(field, least, most) number(field, sizeof(field), least, most)

static char *copied(const char *text, size_t most) {
  char *copy = strndup(text, most);
  if (copy == NULL) say_and_end("", "no memory is left");
  return copy;
}

static void replace(char **text, const char *with, size_t most) {
  free(*text);
  *text = copied(with, most);
}

/* The contents of an entry that describes another, a zero byte behind them. */
static char *contents(uint64_t size) {
  char *text = size > described_most ? NULL : malloc(size + 1);
  if (text == NULL) say_and_end("", "the archive describes an entry at too great a length");
  input_take(text, size);
  input_skip(padding(size));
  text[size] = 0;
  return text;
}

static int64_t decimal(const char *text, char **end) {
  int64_t value = 0;
  if (*text < '0' || *text > '9') give_up();
  for (; *text >= '0' && *text <= '9'; text++) {
    int digit = *text - '0';
    if (value > (INT64_MAX - digit) / 10) give_up();
    value = value * 10 + digit;
  }
  *end = (char *)text;
  return value;
}

/* Seconds since 1970, possibly negative, possibly with a fraction. */
static struct timespec moment(const char *text) {
  bool is_negative = *text == '-';
  char *rest;
  struct timespec time = {.tv_sec = decimal(text + is_negative, &rest)};
  long weight = 100000000;
  if (*rest == '.')
    for (rest++; *rest >= '0' && *rest <= '9'; rest++, weight /= 10) time.tv_nsec += (*rest - '0') * weight;
  if (!is_negative) return time;
  time.tv_sec = -time.tv_sec - (time.tv_nsec > 0);
  time.tv_nsec = time.tv_nsec > 0 ? 1000000000 - time.tv_nsec : 0;
  return time;
}

/* An empty value takes back what was said. */
static void take_word(struct described *described, const char *key, const char *value, size_t length) {
  char *end;
  if (strcmp(key, "path") == 0) replace(&described->name, value, length);
  else if (strcmp(key, "linkpath") == 0) replace(&described->link, value, length);
  else if (strcmp(key, "size") == 0) described->size = length == 0 ? -1 : decimal(value, &end);
  else if (strcmp(key, "uid") == 0) described->uid = length == 0 ? -1 : decimal(value, &end);
  else if (strcmp(key, "gid") == 0) described->gid = length == 0 ? -1 : decimal(value, &end);
  else if (strncmp(key, "GNU.sparse.", 11) == 0) described->is_sparse = true;
  else if (strcmp(key, "mtime") == 0 && (described->has_mtime = length > 0)) described->mtime = moment(value);
}

/* Lines of `LENGTH KEY=VALUE`, whose length counts all of the line: pax(1), "pax Extended Header". */
static void take_words(struct described *described, char *text, uint64_t size) {
  for (char *at = text, *all_end = text + size; at < all_end;) {
    char *key;
    uint64_t length = (uint64_t)decimal(at, &key);
    if (*key++ != ' ' || length > (uint64_t)(all_end - at) || at + length <= key || at[length - 1] != '\n') give_up();
    char *end = at + length - 1, *equals = memchr(key, '=', (size_t)(end - key));
    if (equals == NULL) give_up();
    *equals = *end = 0;
    take_word(described, key, equals + 1, (size_t)(end - equals - 1));
    at = end + 1;
  }
}

/* True where the entry only described what follows, and is taken. */
static bool describes(struct described *described, const struct header *header, uint64_t size) {
  if (strchr("LKxg", header->type) == NULL || header->type == 0) return false;
  if (header->type == type_pax_for_all) {
    input_skip(size);
    input_skip(padding(size));
    return true;
  }
  char *text = contents(size);
  if (header->type == type_long_name) replace(&described->name, text, size);
  else if (header->type == type_long_link) replace(&described->link, text, size);
  else take_words(described, text, size);
  free(text);
  return true;
}

static char *name_of(const struct header *header) {
  if (memcmp(header->magic, "ustar", 6) != 0 || header->prefix[0] == 0) return copied(header->name, sizeof header->name);
  char both[sizeof header->prefix + 1 + sizeof header->name];
  size_t length = strnlen(header->prefix, sizeof header->prefix);
  memcpy(both, header->prefix, length);
  both[length] = '/';
  memcpy(both + length + 1, header->name, sizeof header->name);
  return copied(both, length + 1 + sizeof header->name);
}

/* Takes away what is before the last `..`, and `.` and `/` that mean nothing. */
static void keep_within(char *name) {
  char *to = name;
  for (char *at = name; *at != 0;) {
    size_t length = strcspn(at, "/");
    bool is_up = length == 2 && at[0] == '.' && at[1] == '.', is_here = length == 0 || (length == 1 && at[0] == '.');
    if (is_up) to = name;
    else if (!is_here) {
      if (to > name) *to++ = '/';
      memmove(to, at, length);
      to += length;
    }
    at += length;
    at += *at == '/';
  }
  *to = 0;
}

static char *within(char *name) {
  keep_within(name);
  if (name[0] != 0) return name;
  free(name);
  return copied(".", 1);
}

static bool ends_with_slash(const char *name) {
  size_t length = strlen(name);
  return length > 0 && name[length - 1] == '/';
}

static char type_of(const struct header *header, const char *name) {
  if (header->type != 0 && header->type != type_file && header->type != type_contiguous) return header->type;
  /* tar(5), "Old-Style Archive Format": a directory is a file whose name ends so. */
  return ends_with_slash(name) ? type_directory : type_file;
}

static int64_t either(int64_t described, int64_t in_header, int64_t most) {
  if (described > most) give_up();
  return described >= 0 ? described : in_header;
}

static void complete(struct entry *entry, const struct described *described, const struct header *header) {
  bool is_device = header->type == type_character || header->type == type_block;
  entry->name = described->name != NULL && described->name[0] != 0 ? copied(described->name, SIZE_MAX) : name_of(header);
  entry->type = type_of(header, entry->name);
  entry->name = within(entry->name);
  entry->link = described->link != NULL && described->link[0] != 0 ? copied(described->link, SIZE_MAX) : copied(header->link, sizeof header->link);
  if (entry->type == type_hard_link) entry->link = within(entry->link);
  entry->size = (uint64_t)either(described->size, NUMBER(header->size, 0, INT64_MAX), INT64_MAX);
  /* They have no contents, whatever their size says. */
  if (entry->type >= type_hard_link && entry->type <= type_fifo) entry->size = 0;
  entry->mode = (mode_t)NUMBER(header->mode, 0, INT64_MAX) & 07777;
  entry->uid = (uid_t)either(described->uid, NUMBER(header->uid, 0, UINT32_MAX - 1), UINT32_MAX - 1);
  entry->gid = (gid_t)either(described->gid, NUMBER(header->gid, 0, UINT32_MAX - 1), UINT32_MAX - 1);
  entry->mtime = described->has_mtime ? described->mtime : (struct timespec){.tv_sec = NUMBER(header->mtime, INT64_MIN, INT64_MAX)};
  if (is_device) entry->device = makedev((unsigned)NUMBER(header->major, 0, UINT32_MAX), (unsigned)NUMBER(header->minor, 0, UINT32_MAX));
  if (described->is_sparse || header->type == 'S') say_and_end(entry->name, "sparse files of archives are not unpacked");
}

bool entry_next(struct entry *entry) {
  struct described described = {.size = -1, .uid = -1, .gid = -1};
  struct header header;
  free(entry->name);
  free(entry->link);
  *entry = (struct entry){0};
  do {
    input_take(&header, sizeof header);
    if (header_is_zero(&header)) {
      /* Whoever was described beforehand does not follow. */
      if (described.name != NULL || described.link != NULL) give_up();
      return false;
    }
    if (!header_is_sound(&header)) give_up();
  } while (describes(&described, &header, (uint64_t)NUMBER(header.size, 0, INT64_MAX)));
  complete(entry, &described, &header);
  free(described.name);
  free(described.link);
  return true;
}
