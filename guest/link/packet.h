/*
 * Packets between the agent in a guest and the relay on its host: Ethernet frames on a network device that only these two use
 * (EtherType 0x88b5, IEEE 802 local experimental). Such a device may drop a packet, so they are numbered and sent again.
 *
 *    0          12     14     15       16      18         20      24       28     32
 *   +----------+------+------+--------+-------+----------+-------+--------+------+-------
 *   | stations | type | kind | matter | words | session  | start | number | next | bytes    little endian but type
 *   +----------+------+------+--------+-------+----------+-------+--------+------+-------
 *
 * `start` is the agent's choice when it starts: packets of another are old. A DATA packet has the `number` of its place in its
 * direction; `next` is the number of the first that its sender has not got. `words` counts the bytes. Sessions are the relay's
 * clients: each talks with the agent as if alone, in frames of guest/agent/wire.h.
 */
#ifndef PACKET_H
#define PACKET_H

enum {
  packet_ethertype = 0x88b5,
  packet_header_bytes = 32,
  /* A guest's kernel takes the room for one in a piece: this much fits in 32 KiB with what the kernel adds. */
  packet_bytes_most = 31760,
  packet_most = packet_header_bytes + packet_bytes_most,
  packet_mtu = packet_most - 14,
  /* Under way in one direction. */
  packets_under_way = 64,
  /* Sessions at once. */
  sessions_most = 64,
};

/*
 * Kinds. HELLO is the agent's: it has started, and sends no other before the first ACK. AGAIN is the relay's, as long as it has heard no HELLO: an agent that was heard
 * before is one whose machine was saved, and goes on under another relay; it begins anew.
 */
enum { packet_hello = 1, packet_ack = 2, packet_data = 3, packet_again = 4 };

/* What a DATA packet is about. A session ends when the relay has said so and the agent has repeated it. */
enum {
  matter_open = 1,
  matter_bytes = 2,
  matter_close = 3,
  matter_last_words = 4,
  matter_status = 5, /* u8, as shells count: how the main command ended */
  matter_free = 6,   /* KiB u32 of memory that the guest has, KiB u32 of it that nobody uses */
};

#endif
