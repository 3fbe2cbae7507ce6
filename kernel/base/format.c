/* Formatting of messages; see format.h for what is understood. */
#include "base/format.h"

#include "base/string.h"

struct spec {
    bool left;
    bool zero;
    bool wide; /* l or ll: 64 bits */
    int width;
    int precision; /* -1: none */
};

struct sink {
    void (*put)(void *context, char c);
    void *context;
};

static void put_repeated(struct sink *sink, char c, int count)
{
    for (; count > 0; count--)
        sink->put(sink->context, c);
}

static void put_text(struct sink *sink, const struct spec *spec, const char *text, size_t length)
{
    int padding = spec->width - (int)length;
    if (!spec->left)
        put_repeated(sink, spec->zero ? '0' : ' ', padding);
    for (size_t i = 0; i < length; i++)
        sink->put(sink->context, text[i]);
    if (spec->left)
        put_repeated(sink, ' ', padding);
}

/* A minus sign stands before leading zeroes and after leading spaces. */
static void put_number(struct sink *sink, struct spec *spec, uint64_t value, unsigned base,
                       bool negative)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative && spec->zero && !spec->left) {
        sink->put(sink->context, '-');
        spec->width--;
    } else if (negative) {
        digits[--at] = '-';
    }
    put_text(sink, spec, digits + at, sizeof(digits) - at);
}

static void put_string(struct sink *sink, struct spec *spec, const char *text)
{
    size_t length = 0;
    if (text == NULL)
        text = "(null)";
    while ((spec->precision < 0 || length < (size_t)spec->precision) && text[length] != '\0')
        length++;
    spec->zero = false;
    put_text(sink, spec, text, length);
}

static const char *parse_spec(const char *format, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.precision = -1};
    for (;; format++) {
        if (*format == '-')
            spec->left = true;
        else if (*format == '0')
            spec->zero = true;
        else
            break;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        spec->width = spec->width * 10 + (*format - '0');
    if (format[0] == '.' && format[1] == '*') {
        spec->precision = va_arg(*args, int);
        format += 2;
    }
    for (; *format == 'l' || *format == 'z'; format++)
        spec->wide = true;
    return format;
}

static uint64_t next_unsigned(const struct spec *spec, va_list *args)
{
    return spec->wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
}

static void put_conversion(struct sink *sink, struct spec *spec, char conversion, va_list *args)
{
    switch (conversion) {
    case 's':
        put_string(sink, spec, va_arg(*args, const char *));
        return;
    case 'c': {
        char c = (char)va_arg(*args, int);
        put_text(sink, spec, &c, 1);
        return;
    }
    case 'd': {
        int64_t value = spec->wide ? va_arg(*args, long) : va_arg(*args, int);
        put_number(sink, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0);
        return;
    }
    case 'u':
        put_number(sink, spec, next_unsigned(spec, args), 10, false);
        return;
    case 'x':
        put_number(sink, spec, next_unsigned(spec, args), 16, false);
        return;
    case 'p':
        *spec = (struct spec){.zero = true, .width = 16, .precision = -1};
        put_number(sink, spec, (uintptr_t)va_arg(*args, void *), 16, false);
        return;
    default:
        sink->put(sink->context, conversion);
    }
}

void format_to(void (*put)(void *context, char c), void *context, const char *format, va_list args)
{
    struct sink sink = {put, context};
    va_list rest;
    va_copy(rest, args);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(context, *format);
            continue;
        }
        struct spec spec;
        format = parse_spec(format + 1, &spec, &rest);
        if (*format == '\0')
            break;
        put_conversion(&sink, &spec, *format, &rest);
    }
    va_end(rest);
}

struct buffer {
    char *text;
    size_t nbytes;
    size_t length;
};

static void buffer_put(void *context, char c)
{
    struct buffer *b = context;
    if (b->length + 1 < b->nbytes)
        b->text[b->length] = c;
    b->length++;
}

size_t format_buffer(char *text, size_t nbytes, const char *format, ...)
{
    struct buffer b = {text, nbytes, 0};
    va_list args;
    va_start(args, format);
    format_to(buffer_put, &b, format, args);
    va_end(args);
    text[b.length < nbytes ? b.length : nbytes - 1] = '\0';
    return b.length;
}
