/* What a guest's kernel says over vhost-user, as far as linux arch/um/drivers/virtio_uml.c speaks it: docs/interop/vhost-user of QEMU. */
#ifndef VHOST_H
#define VHOST_H

#include <stdbool.h>

/* `tag`: what the file system is mounted by; 35 bytes at most. */
void vhost_begin(int connection, const char *tag);
/* Hears one message. False once nobody speaks any more. */
bool vhost_hear(void);
void vhost_end(void);

#endif
