/*
 * The kernel's log: lines on the console, each beginning with a word in brackets that says who
 * speaks: "[mem] 123 MiB free".
 */
#ifndef VASCO_BASE_LOG_H
#define VASCO_BASE_LOG_H

#include <stdarg.h>

#include "base/types.h"

/* Where the log goes; set once, early in boot. Until then it goes nowhere. */
void log_set_sink(void (*put)(char c));

void log_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_args(const char *format, va_list args);

/* One line from `who`, a literal of at most eight letters. */
#define log_line(who, format, ...) log_text("[" who "] " format "\n", ##__VA_ARGS__)

#endif
