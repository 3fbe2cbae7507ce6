/* The console and the system as objects. They hold a reference to themselves and never end. */
#include "obj/devices.h"

#include <arch/console.h>

#include "base/string.h"

struct object console_object;
struct object system_object;

void devices_init(void)
{
    object_init(&console_object, OBJECT_CONSOLE, name_from_string("console"), NULL);
    object_init(&system_object, OBJECT_SYSTEM, name_from_string("system"), NULL);
    object_get(&console_object);
    object_get(&system_object);
}

void console_show(void)
{
    if (console_is_behind())
        work_add(&console_object);
}

enum step console_draw_step(void)
{
    console_draw_some();
    return console_is_behind() ? STEP_MORE : STEP_DONE;
}
