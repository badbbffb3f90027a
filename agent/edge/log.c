#include "agent/edge/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define TEXT_BYTES (255 * 4 + 1)

static enum mcv_log_level log_level = MCV_LOG_NOTICE;

void mcv_log_level_set(enum mcv_log_level level)
{
    log_level = level;
}

static void write_line(enum mcv_log_level level, const char *format, va_list args)
{
    /* The journal reads the level from "<n>"; it is cheap to skip for a person. */
    static const struct {
        const char *prefix, *name;
    } levels[] = {
        {"<3>", "error"}, {"<4>", "warning"}, {"<5>", "notice"}, {"<6>", "info"}, {"<7>", "debug"}};
    char line[2048];
    struct timespec at;
    struct tm tm;

    if (level > log_level) return;
    clock_gettime(CLOCK_REALTIME, &at);
    gmtime_r(&at.tv_sec, &tm);
    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "%s%02d:%02d:%02d.%03ld %s: %s\n", levels[level].prefix, tm.tm_hour, tm.tm_min,
            tm.tm_sec, at.tv_nsec / 1000000, levels[level].name, line);
}

#define LOG_FUNCTION(name, level)                                                                  \
    void mcv_log_##name(const char *format, ...)                                                   \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        write_line(level, format, args);                                                           \
        va_end(args);                                                                              \
    }

LOG_FUNCTION(error, MCV_LOG_ERROR)
LOG_FUNCTION(warning, MCV_LOG_WARNING)
LOG_FUNCTION(notice, MCV_LOG_NOTICE)
LOG_FUNCTION(info, MCV_LOG_INFO)
LOG_FUNCTION(debug, MCV_LOG_DEBUG)

const char *mcv_log_text(struct mcv_bytes text)
{
    static char buffers[4][TEXT_BYTES];
    static unsigned turn;
    char *out = buffers[turn++ % 4];
    size_t n = 0;

    for (size_t i = 0; i < text.n && i < 255; i++) {
        const uint8_t c = text.p[i];
        if (c > 0x20 && c < 0x7f && c != '\\')
            out[n++] = (char)c;
        else
            n += (size_t)snprintf(out + n, TEXT_BYTES - n, "\\x%02x", c);
    }
    out[n] = '\0';
    return out;
}
