#define _GNU_SOURCE
#include "clients.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../agent/wire.h"
#include "../link/packet.h"

/* What all clients together leave unread: the agent sends none more than the windows of its commands, but a guest may lie. */
enum { unread_most = 64 << 20, farewell_ms = 1000 };

struct client {
  /* -1: nobody. */
  int fd;
  /* It is gone, and the agent has not repeated that yet. */
  bool is_closing;
  /* Whether anything was said to it; what the agent says first is its greeting. */
  bool is_greeted;
  /* What the guest said to it and it has not read. */
  uint8_t *unread;
  size_t from, to, room;
};

static struct client clients[sessions_most];
static size_t unread;
static bool are_there;

static void set_up(void) {
  for (int i = 0; i < sessions_most; i++) clients[i] = (struct client){.fd = -1};
  are_there = true;
}

static void let_go(struct client *client) {
  if (client->fd >= 0) close(client->fd);
  unread -= client->to - client->from;
  free(client->unread);
  *client = (struct client){.fd = -1, .is_closing = client->is_closing};
}

static void drop(struct client *client) {
  client->is_closing = true;
  let_go(client);
  link_put(matter_close, (uint16_t)(client - clients), NULL, 0, NULL, 0);
}

void clients_add(int fd) {
  if (!are_there) set_up();
  for (int i = 0; i < sessions_most; i++) {
    if (clients[i].fd >= 0 || clients[i].is_closing) continue;
    clients[i].fd = fd;
    link_put(matter_open, (uint16_t)i, NULL, 0, NULL, 0);
    return;
  }
  close(fd);
}

/* False if it is gone. */
static bool flush(struct client *client) {
  while (client->from < client->to) {
    ssize_t count = send(client->fd, client->unread + client->from, client->to - client->from, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    client->from += (size_t)count;
    unread -= (size_t)count;
  }
  client->from = client->to = 0;
  return true;
}

static void keep(struct client *client, const uint8_t *bytes, size_t length) {
  if (client->from > 0 && client->to + length > client->room) {
    memmove(client->unread, client->unread + client->from, client->to - client->from);
    client->to -= client->from;
    client->from = 0;
  }
  if (client->to + length > client->room) {
    size_t room = client->room == 0 ? packet_bytes_most : client->room;
    while (client->to + length > room) room *= 2;
    client->unread = realloc(client->unread, room);
    if (client->unread == NULL) abort();
    client->room = room;
  }
  memcpy(client->unread + client->to, bytes, length);
  client->to += length;
  unread += length;
}

/* What it doesn't take at once is kept. False if it is gone. */
static bool pass_on(struct client *client, const uint8_t *bytes, size_t length) {
  ssize_t taken = client->to > 0 ? 0 : send(client->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return false;
  size_t count = taken < 0 ? 0 : (size_t)taken;
  if (count < length) keep(client, bytes + count, length - count);
  return true;
}

void clients_take(struct link_message message) {
  if (!are_there || message.session >= sessions_most) return;
  struct client *client = &clients[message.session];
  if (message.matter == matter_close && client->is_closing) {
    client->is_closing = false;
  } else if (message.matter == matter_bytes && client->fd >= 0) {
    client->is_greeted = true;
    if (!pass_on(client, message.bytes, message.length) || unread > unread_most) drop(client);
  }
}

/* A frame of the agent's, in its place: what it sends is whole frames. */
static void tell(struct client *client, const char *text) {
  static const char greeting[] = "\n<isola agent 1>\n";
  size_t length = strlen(text);
  uint8_t header[header_bytes] = {wire_magic, wire_over, 0, 0, (uint8_t)length, (uint8_t)(length >> 8)};
  if (!client->is_greeted) keep(client, (const uint8_t *)greeting, sizeof greeting - 1);
  keep(client, header, sizeof header);
  keep(client, (const uint8_t *)text, length);
}

/* Sends what is left, and takes what it says until it hangs up: a socket closed with words unread loses those under way the other way. True once it is over. */
static bool has_parted(struct client *client) {
  static uint8_t ignored[packet_bytes_most];
  if (!flush(client)) return true;
  if (client->to == 0) shutdown(client->fd, SHUT_WR);
  ssize_t count;
  while ((count = recv(client->fd, ignored, sizeof ignored, MSG_DONTWAIT)) > 0)
    ;
  return count == 0 || (errno != EAGAIN && errno != EINTR);
}

void clients_end(const char *text) {
  struct pollfd polls[sessions_most];
  if (!are_there) return;
  for (int i = 0; i < sessions_most; i++) {
    if (clients[i].fd >= 0) tell(&clients[i], text);
  }
  for (int waited = 0; waited < farewell_ms; waited += 10) {
    int count = 0;
    for (int i = 0; i < sessions_most; i++) {
      struct client *client = &clients[i];
      if (client->fd < 0) continue;
      if (has_parted(client)) let_go(client);
      else polls[count++] = (struct pollfd){.fd = client->fd, .events = (short)(POLLIN | (client->to > 0 ? POLLOUT : 0))};
    }
    if (count == 0) return;
    poll(polls, (nfds_t)count, 10);
  }
  for (int i = 0; i < sessions_most; i++) let_go(&clients[i]);
}

void clients_begin_anew(void) {
  clients_end("the guest has begun anew");
  set_up();
}

static bool wants_to_hear(const struct client *client) { return client->fd >= 0 && !link_is_full(); }

int clients_polls(struct pollfd *polls) {
  int count = 0;
  for (int i = 0; i < sessions_most && are_there; i++) {
    struct client *client = &clients[i];
    if (client->fd < 0) continue;
    short events = (short)((wants_to_hear(client) ? POLLIN : 0) | (client->from < client->to ? POLLOUT : 0));
    /* A client that hung up while the link is full would wake the poll for nothing. */
    if (events != 0) polls[count++] = (struct pollfd){.fd = client->fd, .events = events};
  }
  return count;
}

/* A packet of each in turn, beginning with the one after last round's first: nobody fills the link alone. */
void clients_work(void) {
  static uint8_t bytes[packet_bytes_most];
  static int first;
  first = (first + 1) % sessions_most;
  for (int i = 0; i < sessions_most && are_there; i++) {
    struct client *client = &clients[(first + i) % sessions_most];
    if (client->fd < 0) continue;
    if (!flush(client)) {
      drop(client);
      continue;
    }
    if (!wants_to_hear(client)) continue;
    ssize_t count = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0) link_put(matter_bytes, (uint16_t)(client - clients), bytes, (size_t)count, NULL, 0);
    else if (count == 0 || (errno != EAGAIN && errno != EINTR)) drop(client);
  }
}
