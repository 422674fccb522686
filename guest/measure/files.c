/* What concerns files and the disk below them. */
#include "work.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_whole(const char *path, mode_t mode, int from) {
  char bytes[64 * 1024];
  int to = open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
  if (to < 0) fail(path);
  for (ssize_t got; (got = read(from, bytes, sizeof bytes)) > 0;)
    if (write(to, bytes, (size_t)got) != got) fail(path);
  /* Read anew, its pages lie in the kernel's cache as they do everywhere; as they were written, they need not. */
  fsync(to);
  posix_fadvise(to, 0, 0, POSIX_FADV_DONTNEED);
  close(to);
}

/* Files made by `creating`. */
static long created;

void lay_files(const char *self) {
  int from = open(self, O_RDONLY);
  if (from < 0) fail(self);
  write_whole("program", 0755, from);
  lseek(from, 0, SEEK_SET);
  write_whole("page", 0644, from);
  close(from);
}

void remove_files(void) {
  const char *names[] = {"program", "page", "direct", "synced"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(names[i]);
  for (char path[32]; created > 0;) {
    snprintf(path, sizeof path, "new%ld", --created);
    unlink(path);
  }
}

static void looking(long loops) {
  struct stat s;
  for (long i = 0; i < loops; i++)
    if (stat("page", &s) != 0) fail("stat");
}

static void opening(long loops) {
  char bytes[64];
  for (long i = 0; i < loops; i++) {
    int file = open("page", O_RDONLY);
    if (file < 0 || read(file, bytes, sizeof bytes) <= 0) fail("open");
    close(file);
  }
}

/*
 * They stay until the end: ext4 passes over every inode that was freed in the last minutes (linux fs/ext4/ialloc.c, recently_deleted), so that
 * removing them at once would be the measure of how many there were.
 */
static void creating(long loops) {
  char path[32];
  for (long i = 0; i < loops; i++) {
    snprintf(path, sizeof path, "new%ld", created);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0) fail("create");
    created++;
    if (write(file, "x", 1) != 1) fail("write");
    close(file);
  }
}

/* A name of a file that is there: given, changed, taken away. */
static void naming(long loops) {
  for (long i = 0; i < loops; i++)
    if (link("page", "name") != 0 || rename("name", "other") != 0 || unlink("other") != 0) fail("link");
}

enum { file_bytes = 8 * MEBI, direct_chunk = 16 * PAGE, synced_chunk = PAGE };

static unsigned char *chunk;

/* The file has its blocks before anything is timed. */
static void lay_blocks(const char *path, int flags) {
  if (chunk == NULL) {
    chunk = pages(direct_chunk);
    memset(chunk, 7, direct_chunk);
  }
  int file = open(path, O_RDWR | O_CREAT | flags, 0600);
  if (file < 0) fail("open");
  struct stat s;
  fstat(file, &s);
  for (off_t at = s.st_size; at < file_bytes; at += direct_chunk)
    if (pwrite(file, chunk, direct_chunk, at) != direct_chunk) fail("write");
  if (s.st_size < file_bytes) fsync(file);
  close(file);
}

static void lay_direct(void) { lay_blocks("direct", O_DIRECT); }
static void lay_synced(void) { lay_blocks("synced", 0); }

static void writing(long loops) {
  int file = open("direct", O_RDWR | O_DIRECT);
  if (file < 0) fail("open");
  for (long i = 0; i < loops; i++)
    if (pwrite(file, chunk, direct_chunk, (off_t)(i * direct_chunk % file_bytes)) != direct_chunk) fail("write");
  close(file);
}

static void reading(long loops) {
  int file = open("direct", O_RDONLY | O_DIRECT);
  if (file < 0) fail("open");
  for (long i = 0; i < loops; i++)
    if (pread(file, chunk, direct_chunk, (off_t)(i * direct_chunk % file_bytes)) != direct_chunk) fail("read");
  close(file);
}

static void syncing(long loops) {
  int file = open("synced", O_RDWR);
  if (file < 0) fail("open");
  for (long i = 0; i < loops; i++) {
    if (pwrite(file, chunk, synced_chunk, (off_t)(i * synced_chunk % file_bytes)) != synced_chunk) fail("write");
    if (fdatasync(file) != 0) fail("fdatasync");
  }
  close(file);
}

const struct work file_works[] = {
    {"stat", NULL, looking},        {"open", NULL, opening},       {"create", NULL, creating}, {"name", NULL, naming}, {"direct", lay_direct, writing},
    {"fetch", lay_direct, reading}, {"fsync", lay_synced, syncing}, {NULL, NULL, NULL},
};
