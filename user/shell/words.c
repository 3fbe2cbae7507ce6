/* Words of a line: see words.h. */
#include "words.h"

/* Cuts one word off; where the text goes on, or null if a quote has no end. */
static char *take_word(char *from)
{
    char *to = from;
    char quote = '\0';
    for (; *from != '\0' && (quote != '\0' || *from != ' '); from++) {
        if (quote == '\0' && (*from == '\'' || *from == '"'))
            quote = *from;
        else if (*from == quote)
            quote = '\0';
        else
            *to++ = *from;
    }
    if (quote != '\0')
        return NULL;
    from += *from != '\0';
    *to = '\0';
    return from;
}

int words_split(char *text, char *words[WORDS_MAX + 1])
{
    int n = 0;
    for (;;) {
        while (*text == ' ')
            text++;
        words[n] = NULL;
        if (*text == '\0')
            return n;
        if (n == WORDS_MAX)
            return -2;
        words[n++] = text;
        text = take_word(text);
        if (text == NULL)
            return -1;
    }
}
