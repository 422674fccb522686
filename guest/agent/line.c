#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "../link/packet.h"
#include "wire.h"

/* What has come of a session's next frame. */
struct session {
  bool is_open, is_greeted;
  uint8_t *in;
  size_t used, room;
};

static struct session sessions[sessions_most];
static struct line_events events;
static bool is_welcoming;

void line_send(uint8_t kind, uint16_t session, uint16_t channel, const void *payload, size_t length) {
  uint8_t header[header_bytes] = {wire_magic, kind};
  put_u16(header + 2, channel);
  put_u32(header + 4, (uint32_t)length);
  link_put(matter_bytes, session, header, sizeof header, payload, length);
}

static void greet(uint16_t session) {
  sessions[session].is_greeted = true;
  static const char greeting[] = "\n<isola agent 1>\n";
  uint8_t version[2];
  link_put(matter_bytes, session, greeting, sizeof greeting - 1, NULL, 0);
  put_u16(version, wire_protocol);
  line_send(wire_hello, session, 0, version, sizeof version);
}

static bool is_sound(const uint8_t *header) {
  uint32_t length = u32_at(header + 4);
  return header[0] == wire_magic && length <= (header[1] == wire_data ? (uint32_t)data_most : (uint32_t)frame_most);
}

/* Hands on the frames at the beginning of some bytes; false where there is no frame. `taken`: how many bytes they were. */
static bool frames(uint16_t session, const uint8_t *bytes, size_t count, size_t *taken) {
  *taken = 0;
  while (count - *taken >= header_bytes) {
    const uint8_t *header = bytes + *taken;
    if (!is_sound(header)) return false;
    uint32_t length = u32_at(header + 4);
    if (count - *taken < header_bytes + (size_t)length) break;
    events.take((struct frame){header[1], session, u16_at(header + 2), header + header_bytes, length});
    *taken += header_bytes + (size_t)length;
  }
  return true;
}

static void keep(struct session *session, const uint8_t *bytes, size_t count) {
  if (session->used + count > session->room) {
    session->room = session->used + count > 65536 ? header_bytes + frame_most + packet_bytes_most : 65536 + packet_bytes_most;
    session->in = realloc(session->in, session->room);
    if (session->in == NULL) abort();
  }
  memcpy(session->in + session->used, bytes, count);
  session->used += count;
}

static void hear(uint16_t number, const uint8_t *bytes, size_t count) {
  struct session *session = &sessions[number];
  size_t taken;
  bool are_sound;
  if (session->used == 0) {
    are_sound = frames(number, bytes, count, &taken);
    if (are_sound && taken < count) keep(session, bytes + taken, count - taken);
  } else {
    keep(session, bytes, count);
    are_sound = frames(number, session->in, session->used, &taken);
    if (are_sound) memmove(session->in, session->in + taken, session->used - taken);
    session->used -= are_sound ? taken : session->used;
  }
  if (are_sound) return;
  /* What is no frame makes the session begin anew. */
  session->used = 0;
  events.forget(number);
  greet(number);
}

static void close_session(uint16_t number) {
  struct session *session = &sessions[number];
  if (session->is_open) events.forget(number);
  free(session->in);
  *session = (struct session){0};
}

static void take(struct link_message message) {
  if (message.session >= sessions_most) return;
  struct session *session = &sessions[message.session];
  switch (message.matter) {
    case matter_open:
      close_session(message.session);
      session->is_open = true;
      if (is_welcoming) greet(message.session);
      return;
    case matter_bytes:
      if (session->is_greeted) hear(message.session, message.bytes, message.length);
      return;
    case matter_close:
      close_session(message.session);
      link_put(matter_close, message.session, NULL, 0, NULL, 0);
      return;
  }
}

void line_begin(int fd, struct line_events what) {
  events = what;
  link_begin(fd, true, (struct link_events){.take = take});
}

void line_welcome(void) {
  if (is_welcoming) return;
  is_welcoming = true;
  for (uint16_t session = 0; session < sessions_most; session++)
    if (sessions[session].is_open) greet(session);
}
