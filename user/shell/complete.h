/* Completion: the word at the cursor becomes what begins so, or the candidates are shown. The first
 * word is a command or a program; others are programs behind `run`, or names of objects. */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

struct line;

void complete(struct line *line);

#endif
