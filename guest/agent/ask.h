/* What concerns the whole guest: how it is, its end, its clock, its entropy, its name. */
#ifndef ASK_H
#define ASK_H

#include "line.h"

void ask_take(struct frame frame);

#endif
