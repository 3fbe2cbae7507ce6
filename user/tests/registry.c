/* The registry: entries, who may do what with them, and clients that do not behave. */
#include <vasco/registry.h>

#include <string.h>
#include <vasco/cap.h>
#include <vasco/endpoint.h>
#include <vasco/registry_protocol.h>

#include "server.h"
#include "test.h"
#include "worker.h"

/* A VAS of this name and mode, which only the registry keeps. */
static int64_t add_vas(handle_t registry, const char *name, uint32_t mode)
{
    handle_t vas = kit_vas();
    int64_t id = registry_add(registry, vas, name, mode);
    kit_drop(vas);
    return id;
}

void test_registry_finds_what_was_added(void)
{
    struct server server;
    struct registry_entry entry;
    require(server_start(&server));
    handle_t me = server_as(&server, 5, 6);
    handle_t vas = kit_vas(), seg = kit_seg(PAGE_BYTES, 0);
    int64_t vid = registry_add(me, vas, "name", 0640), sid = registry_add(me, seg, "name", 0604);
    check(vid > 0 && sid > 0 && vid != sid);
    check_eq(registry_find(me, OBJECT_VAS, "name"), vid);
    check_eq(registry_find(me, OBJECT_SEG, "name"), sid);
    check_eq(registry_find(me, OBJECT_SEG, "nam"), STATUS_NOT_FOUND);
    check_eq(registry_info(me, OBJECT_VAS, sid, &entry), STATUS_NOT_FOUND);
    check_eq(registry_info(me, OBJECT_SEG, sid, &entry), STATUS_OK);
    check_eq(entry.attr.mode, 0604);
    check_eq(entry.attr.user, 5);
    check_eq(entry.attr.group, 6);
    check(strcmp(entry.name, "name") == 0);
    handle_t again = registry_open(me, OBJECT_VAS, vid, ACCESS_READ);
    check_eq(kit_cap_info(again).object, kit_cap_info(vas).object);
    check_eq(kit_cap_info(again).badge, vid);
    kit_drop_all(again, vas, seg, me);
    server_end(&server);
}

void test_registry_refuses_what_cannot_be_an_entry(void)
{
    static char longest[REGISTRY_NAME_BYTES], too_long[REGISTRY_NAME_BYTES + 1];
    struct server server;
    require(server_start(&server));
    handle_t me = server.registry, vas = kit_vas();
    handle_t weak = cap_derive(vas, RIGHT_INFO, 0),
             badged = cap_derive(vas, RIGHT_INFO | RIGHT_GRANT, 9);
    memset(longest, 'a', sizeof(longest) - 1);
    memset(too_long, 'a', sizeof(too_long) - 1);
    check_eq(registry_add(me, vas, "", 0), STATUS_BAD_ARGUMENT);
    check_eq(registry_add(me, vas, "a", 01000), STATUS_BAD_ARGUMENT);
    check_eq(registry_add(me, vas, too_long, 0), STATUS_TOO_LARGE);
    check_eq(registry_add(me, 0, "a", 0), STATUS_BAD_ARGUMENT);
    check_eq(registry_add(me, kit_console(), "a", 0), STATUS_WRONG_TYPE);
    check_eq(registry_add(me, weak, "a", 0), STATUS_NO_RIGHT);
    check_eq(registry_add(me, badged, "a", 0), STATUS_EXISTS);
    int64_t id = registry_add(me, vas, longest, 0777);
    check(id > 0);
    check_eq(registry_add(me, vas, longest, 0), STATUS_EXISTS);
    check_eq(registry_find(me, OBJECT_VAS, longest), id);
    check_eq(registry_find(me, OBJECT_THREAD, longest), STATUS_BAD_ARGUMENT);
    check_eq(registry_open(me, OBJECT_VAS, id, 8), STATUS_BAD_ARGUMENT);
    check_eq(registry_open(me, OBJECT_VAS, id + 1, 0), STATUS_NOT_FOUND);
    check_eq(registry_open(me, OBJECT_VAS, -1, 0), STATUS_NOT_FOUND);
    check_eq(kit_cap_info(vas).nchildren, 3); /* what was refused was given back */
    kit_drop_all(weak, badged, vas);
    server_end(&server);
}

/* Whether opening succeeds; what it gives is dropped. */
static bool opens(handle_t registry, int64_t id, uint64_t access)
{
    handle_t cap = registry_open(registry, OBJECT_VAS, id, access);
    if (cap < 0) {
        check_eq(cap, STATUS_NO_RIGHT);
        return false;
    }
    check_eq(kit_cap_info(cap).rights & ACCESS_ALL, access);
    check_eq((kit_cap_info(cap).rights & RIGHT_VAS_LINK) != 0, (access & ACCESS_WRITE) != 0);
    check_eq(kit_cap_info(cap).rights & RIGHT_DESTROY, 0);
    kit_drop(cap);
    return true;
}

void test_registry_opens_for_whom_the_mode_says(void)
{
    struct server server;
    require(server_start(&server));
    const handle_t who[] = {server_as(&server, 5, 6), server_as(&server, 7, 6),
                            server_as(&server, 8, 9), server.registry};
    static const uint64_t bits[] = {ACCESS_EXECUTE, ACCESS_WRITE, ACCESS_READ};
    for (uint32_t bit = 0; bit < 9; bit++) {
        int64_t id = add_vas(who[0], "one bit", 1u << bit);
        for (uint32_t i = 0; i < 3; i++) {
            for (uint32_t j = 0; j < 3; j++)
                check_eq(opens(who[i], id, bits[j]), bit == 3 * (2 - i) + j);
            check(opens(who[i], id, 0));
        }
        check(opens(who[3], id, ACCESS_ALL));
        check_eq(registry_remove(who[0], OBJECT_VAS, id), STATUS_OK);
    }
    kit_drop_all(who[0], who[1], who[2]);
    server_end(&server);
}

void test_registry_is_changed_by_the_owner_alone(void)
{
    struct server server;
    struct registry_entry entry;
    require(server_start(&server));
    handle_t owner = server_as(&server, 5, 6), other = server_as(&server, 7, 6);
    int64_t id = add_vas(owner, "mine", 0666);
    const struct registry_attr wider = {0777, 5, 7}, stolen = {0777, 7, 6}, bad = {07777, 5, 6};
    check_eq(registry_set_attr(other, OBJECT_VAS, id, &wider), STATUS_NO_RIGHT);
    check_eq(registry_revoke(other, OBJECT_VAS, id), STATUS_NO_RIGHT);
    check_eq(registry_remove(other, OBJECT_VAS, id), STATUS_NO_RIGHT);
    check_eq(registry_set_attr(owner, OBJECT_VAS, id, &bad), STATUS_BAD_ARGUMENT);
    check_eq(registry_set_attr(owner, OBJECT_VAS, id, &stolen), STATUS_NO_RIGHT);
    check_eq(registry_set_attr(owner, OBJECT_VAS, id, &wider), STATUS_OK);
    check_eq(registry_info(other, OBJECT_VAS, id, &entry), STATUS_OK);
    check_eq(entry.attr.mode, 0777);
    check_eq(entry.attr.group, 7);
    check_eq(registry_set_attr(server.registry, OBJECT_VAS, id, &stolen), STATUS_OK);
    check_eq(registry_remove(owner, OBJECT_VAS, id), STATUS_NO_RIGHT);
    check_eq(registry_remove(other, OBJECT_VAS, id), STATUS_OK);
    check_eq(registry_find(owner, OBJECT_VAS, "mine"), STATUS_NOT_FOUND);
    kit_drop_all(owner, other);
    server_end(&server);
}

void test_registry_lists_by_number(void)
{
    struct server server;
    struct registry_entry entry;
    require(server_start(&server));
    handle_t me = server.registry, seg = kit_seg(PAGE_BYTES, 0);
    int64_t ids[100];
    for (int i = 0; i < 100; i++) {
        char name[2] = {(char)(1 + (i * 37) % 100), 0};
        ids[i] = add_vas(me, name, 0);
        check(i == 0 || ids[i] > ids[i - 1]);
    }
    check(registry_add(me, seg, "segment", 0) > 0);
    for (int i = 0; i < 100; i += 3)
        check_eq(registry_remove(me, OBJECT_VAS, ids[i]), STATUS_OK);
    int64_t after = 0;
    for (int i = 0; i < 100; i++) {
        if (i % 3 == 0)
            continue;
        check_eq(registry_next(me, OBJECT_VAS, after, &entry), STATUS_OK);
        check_eq(entry.id, ids[i]);
        check_eq(entry.name[0], 1 + (i * 37) % 100);
        after = entry.id;
    }
    check_eq(registry_next(me, OBJECT_VAS, after, &entry), STATUS_NOT_FOUND);
    check_eq(registry_next(me, OBJECT_SEG, 0, &entry), STATUS_OK);
    kit_drop(seg);
    server_end(&server);
}

void test_registry_takes_back_what_was_opened(void)
{
    struct server server;
    struct cap_info info;
    require(server_start(&server));
    handle_t me = server_as(&server, 5, 6), vas = kit_vas();
    int64_t id = registry_add(me, vas, "taken back", 0600);
    handle_t opened = registry_open(me, OBJECT_VAS, id, ACCESS_DATA);
    handle_t view = kit_view(opened, ACCESS_READ);
    check_eq(kit_cap_info(view).badge, id);
    check_eq(registry_revoke(me, OBJECT_VAS, id), STATUS_OK);
    check_eq(cap_info(opened, &info), STATUS_BAD_HANDLE);
    check_eq(cap_info(view, &info), STATUS_BAD_HANDLE);
    opened = registry_open(me, OBJECT_VAS, id, ACCESS_READ);
    check(opened > 0);
    check_eq(cap_revoke(vas), STATUS_OK);
    check_eq(cap_info(opened, &info), STATUS_BAD_HANDLE);
    check_eq(registry_find(me, OBJECT_VAS, "taken back"), STATUS_NOT_FOUND);
    check(registry_add(me, vas, "taken back", 0600) > id);
    kit_drop_all(vas, me);
    server_end(&server);
}

void test_registry_destroys_what_nobody_uses(void)
{
    struct server server;
    require(server_start(&server));
    handle_t owner = server_as(&server, 5, 6), reader = server_as(&server, 7, 8);
    handle_t seg = kit_seg(PAGE_BYTES, 0);
    int64_t vid = add_vas(owner, "used", 0604), sid = registry_add(owner, seg, "used", 0604);
    handle_t vas = registry_open(owner, OBJECT_VAS, vid, ACCESS_DATA);
    handle_t view = kit_view(vas, ACCESS_READ);
    check_eq(sys_seg_attach(vas, seg, ACCESS_READ), STATUS_OK);
    check_eq(registry_destroy(reader, OBJECT_VAS, vid), STATUS_NO_RIGHT);
    check_eq(registry_destroy(owner, OBJECT_VAS, vid), STATUS_BUSY);
    check_eq(registry_destroy(owner, OBJECT_SEG, sid), STATUS_BUSY);
    kit_drop(view);
    check_eq(registry_destroy(owner, OBJECT_VAS, vid), STATUS_OK);
    check_eq(registry_destroy(owner, OBJECT_VAS, vid), STATUS_NOT_FOUND);
    check_eq(registry_destroy(owner, OBJECT_SEG, sid), STATUS_OK);
    check_eq(sys_seg_read(seg, 0, (uintptr_t)&vid, 1), STATUS_DESTROYED);
    kit_drop_all(vas, seg, owner, reader);
    server_end(&server);
}
