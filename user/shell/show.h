/* Pictures of address spaces and lists of segments; a handle of what is shown allows INFO. */
#ifndef SHELL_SHOW_H
#define SHELL_SHOW_H

#include "abi/types.h"

void show_vases(void);
void show_map(handle_t vas);
void show_segs(void);

#endif
