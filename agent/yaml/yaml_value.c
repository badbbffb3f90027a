#include "agent/yaml/yaml_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A decimal number in units of 10^-6: "12", "0.05", "1.5". *end is what follows it. */
static bool parse_micro(uint64_t *out, const char *text, const char **end)
{
    uint64_t v = 0;
    unsigned decimals = 0;
    bool has_point = false, has_digit = false;

    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !has_point); text++) {
        if (*text == '.') {
            has_point = true;
            continue;
        }
        has_digit = true;
        if (has_point && decimals == 6) return false; /* finer than we can say */
        if (v > UINT64_MAX / 10000000u) return false;
        v = v * 10u + (unsigned)(*text - '0');
        decimals += has_point ? 1u : 0u;
    }
    for (; decimals < 6; decimals++) {
        if (v > UINT64_MAX / 10u) return false;
        v *= 10u;
    }
    *out = v;
    *end = text;
    return has_digit;
}

static bool parse_duration(uint64_t *out_us, const char *text)
{
    static const struct {
        const char *unit;
        uint64_t us;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"min", 60000000}, {"h", 3600000000}};
    uint64_t micro;
    const char *unit;

    if (!parse_micro(&micro, text, &unit)) return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0) continue;
        if (micro > UINT64_MAX / units[i].us) return false;
        *out_us = micro * units[i].us / 1000000u;
        return true;
    }
    return false;
}

static bool parse_ratio(uint64_t *out_ppm, const char *text)
{
    uint64_t micro;
    const char *end;

    if (!parse_micro(&micro, text, &end)) return false;
    if (strcmp(end, "%") == 0)
        *out_ppm = micro / 100u;
    else if (*end == '\0')
        *out_ppm = micro;
    else
        return false;
    return true;
}

static bool parse_bool(bool *out, const char *text)
{
    static const char *const names[] = {"false", "true", "no", "yes", "off", "on"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(text, names[i]) != 0) continue;
        *out = i % 2 == 1;
        return true;
    }
    return false;
}

static bool parse_u64(uint64_t *out, const char *text)
{
    char *end;

    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static const char *read_u32(void *out, const struct mcv_yaml_field *f, const char *text, char *buf,
                            size_t n)
{
    const uint64_t max = f->max != 0 ? f->max : UINT32_MAX;
    uint64_t v;

    if (parse_u64(&v, text) && v >= f->min && v <= max) {
        *(uint32_t *)out = (uint32_t)v;
        return NULL;
    }
    snprintf(buf, n, "expected a number from %" PRIu64 " to %" PRIu64, f->min, max);
    return buf;
}

static const char *read_i64(void *out, const char *text)
{
    char *end;

    errno = 0;
    const long long v = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || *text == '\0') return "expected a whole number";
    *(int64_t *)out = v;
    return NULL;
}

static const char *read_duration(void *out, const struct mcv_yaml_field *f, const char *text,
                                 char *buf, size_t n)
{
    const uint64_t max = f->max != 0 ? f->max : UINT64_MAX;
    uint64_t us;

    if (!parse_duration(&us, text)) return "expected a time such as 40ms, 1.5s or 2min";
    if (us < f->min || us > max) {
        snprintf(buf, n, "expected a time from %" PRIu64 "us to %" PRIu64 "us", f->min, max);
        return buf;
    }
    *(uint64_t *)out = us;
    return NULL;
}

static const char *read_ratio(void *out, const struct mcv_yaml_field *f, const char *text,
                              char *buf, size_t n)
{
    const uint64_t max = f->max != 0 ? f->max : 1000000;
    uint64_t ppm;

    if (parse_ratio(&ppm, text) && ppm >= f->min && ppm <= max) {
        *(uint32_t *)out = (uint32_t)ppm;
        return NULL;
    }
    snprintf(buf, n, "expected a share from %g%% to %g%%", (double)f->min / 1e4, (double)max / 1e4);
    return buf;
}

static const char *read_name(void *out, const struct mcv_yaml_field *f, const char *text, char *buf,
                             size_t n)
{
    size_t used = (size_t)snprintf(buf, n, "expected");

    for (int i = 0; f->names[i] != NULL; i++) {
        if (strcmp(text, f->names[i]) == 0) {
            *(int *)out = i;
            return NULL;
        }
        if (used < n)
            used += (size_t)snprintf(buf + used, n - used, "%s %s", i == 0 ? "" : " or",
                                     f->names[i]);
    }
    return buf;
}

const char *mcv_yaml_value(void *out, const struct mcv_yaml_field *f, const char *text, char *buf,
                           size_t buf_bytes)
{
    switch (f->type) {
    case MCV_YAML_U32:
        return read_u32(out, f, text, buf, buf_bytes);
    case MCV_YAML_I64:
        return read_i64(out, text);
    case MCV_YAML_BOOL:
        return parse_bool(out, text) ? NULL : "expected true or false";
    case MCV_YAML_NAME:
        return read_name(out, f, text, buf, buf_bytes);
    case MCV_YAML_DURATION:
        return read_duration(out, f, text, buf, buf_bytes);
    case MCV_YAML_RATIO:
        return read_ratio(out, f, text, buf, buf_bytes);
    case MCV_YAML_CUSTOM:
        return f->parse(out, text);
    case MCV_YAML_TEXT:
        *(const char **)out = text;
        return *text != '\0' ? NULL : "expected a text";
    case MCV_YAML_MAP:
    case MCV_YAML_LIST:
    case MCV_YAML_TEXTS:
        break;
    }
    return "expected nested keys";
}
