/* Arguments of the form KEY=VALUE: see vasco/startup.h. Apart from startup.c, so that programs
 * which have none are no larger. */
#include <stdlib.h>
#include <string.h>
#include <vasco/startup.h>

#include "internal.h"

const char *startup_option(const char *key)
{
    size_t length = strlen(key);
    for (char **argument = startup_arguments(); *argument != NULL; argument++) {
        if (strncmp(*argument, key, length) == 0 && (*argument)[length] == '=')
            return *argument + length + 1;
    }
    return NULL;
}

uint64_t startup_number(const char *key, uint64_t otherwise)
{
    const char *value = startup_option(key);
    return value == NULL ? otherwise : strtoull(value, NULL, 0);
}
