/* Which payload formats are the same. Spec: RFC 6184 8.2.2 and RFC 4867 8.3.1 (what both sides must
 * use alike). */
#include "proto/sdp.h"
#include "tests/support/cmocka.h"
#include "tests/support/sdp_vectors.h"

static void formats(void **state)
{
    static const struct {
        const char *why, *a, *b;
        bool is_equal;
    } pairs[] = {
        {"H264 level differs", "H264/90000", "h264/90000", true},
        {"octet-align=0 is the default", "AMR-WB/16000 octet-align=0", "AMR-WB/16000", true},
        {"octet-align among others", "AMR-WB/16000 mode-set=2; octet-align=1 ;x",
         "AMR-WB/16000 octet-align=1", true},
        {"octet-align of another codec does not count", "X/8000 octet-align=1", "X/8000", true},
        {"packetization modes", "H264/90000 packetization-mode=1",
         "H264/90000 packetization-mode=0", false},
        {"a prefix is another encoding", "H264/90000", "H26/90000", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct mcv_sdp_format f[2] = {{0}, {0}};
        const char *texts[2] = {pairs[i].a, pairs[i].b};
        print_message("%s\n", pairs[i].why);
        for (size_t k = 0; k < 2; k++) {
            const char *slash = strchr(texts[k], '/'), *space = strchr(texts[k], ' ');
            f[k].encoding = mcv_bytes_of(texts[k], (size_t)(slash - texts[k]));
            f[k].clock_hz = 90000;
            if (space != NULL) f[k].fmtp = mcv_bytes_str(space + 1);
        }
        assert_true(mcv_sdp_format_equal(&f[0], &f[1]) == pairs[i].is_equal);
        assert_true(mcv_sdp_format_equal(&f[1], &f[0]) == pairs[i].is_equal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
