/* The log: formatting into the sink that boot chose. */
#include "base/log.h"

#include "base/format.h"

static void (*sink)(char c);

void log_set_sink(void (*put)(char c))
{
    sink = put;
}

static void log_put(void *context, char c)
{
    (void)context;
    sink(c);
}

void log_args(const char *format, va_list args)
{
    if (sink != NULL)
        format_to(log_put, NULL, format, args);
}

void log_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_args(format, args);
    va_end(args);
}
