#include "sim/ports.h"

#include "crypto/base/bytes.h"
#include "sim/prng.h"

#include <stdlib.h>

/* A slot once used keeps its address: ports are few and come back. */
struct mcv_port {
    struct mcv_addr addr; /* family NONE: never used */
    struct mcv_listener *who;
    uint32_t n, cap;
};

static size_t hash_of(const struct mcv_addr *addr)
{
    uint64_t lo, hi;

    memcpy(&lo, addr->b, sizeof lo);
    memcpy(&hi, addr->b + 8, sizeof hi);
    return (size_t)mcv_prng_mix(lo, hi ^ (uint64_t)addr->port << 8 ^ addr->family);
}

/* The slot of the address, or the empty one where it would be. n_slots is a power of two. */
static struct mcv_port *slot_of(const struct mcv_ports *ports, const struct mcv_addr *addr)
{
    size_t i = hash_of(addr) & (ports->n_slots - 1);

    while (ports->slots[i].addr.family != MCV_FAMILY_NONE &&
           !mcv_addr_equal(&ports->slots[i].addr, addr))
        i = (i + 1) & (ports->n_slots - 1);
    return &ports->slots[i];
}

static mcv_err make_room(struct mcv_ports *ports)
{
    if (ports->n_slots > 0 && ports->n_used < ports->n_slots / 2) return MCV_OK;
    const struct mcv_ports old = *ports;
    struct mcv_ports next = {.n_slots = old.n_slots > 0 ? 2 * old.n_slots : 64,
                             .n_used = old.n_used};

    next.slots = calloc(next.n_slots, sizeof *next.slots);
    if (next.slots == NULL) return MCV_E_IO;
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.slots[i].addr.family != MCV_FAMILY_NONE)
            *slot_of(&next, &old.slots[i].addr) = old.slots[i];
    free(old.slots);
    *ports = next;
    return MCV_OK;
}

mcv_err mcv_ports_add(struct mcv_ports *ports, const struct mcv_addr *addr,
                      const struct mcv_listener *listener)
{
    if (make_room(ports) != MCV_OK) return MCV_E_IO;
    struct mcv_port *port = slot_of(ports, addr);

    if (port->n == port->cap) {
        const uint32_t cap = port->cap > 0 ? 2 * port->cap : 1;
        struct mcv_listener *who = realloc(port->who, cap * sizeof *who);

        if (who == NULL) return MCV_E_IO;
        port->who = who;
        port->cap = cap;
    }
    if (port->addr.family == MCV_FAMILY_NONE) ports->n_used++;
    port->addr = *addr;
    port->who[port->n++] = *listener;
    return MCV_OK;
}

void mcv_ports_remove(struct mcv_ports *ports, const struct mcv_addr *addr, uint32_t agent,
                      uint32_t call)
{
    if (ports->n_slots == 0) return;
    struct mcv_port *port = slot_of(ports, addr);

    for (uint32_t i = 0; i < port->n; i++) {
        if (port->who[i].agent != agent || port->who[i].call != call) continue;
        port->who[i] = port->who[--port->n];
        return;
    }
}

const struct mcv_listener *mcv_ports_at(const struct mcv_ports *ports, const struct mcv_addr *addr,
                                        size_t *n)
{
    *n = 0;
    if (ports->n_slots == 0) return NULL;
    const struct mcv_port *port = slot_of(ports, addr);
    *n = port->n;
    return port->who;
}

void mcv_ports_wipe(struct mcv_ports *ports)
{
    for (size_t i = 0; i < ports->n_slots; i++) free(ports->slots[i].who);
    free(ports->slots);
    *ports = (struct mcv_ports){0};
}
