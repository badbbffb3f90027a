#include "tests/support/tc_equal.h"

#include "tests/support/cmocka.h"

#define SAME(member)                                                                               \
    if (got->member != want->member) fail_msg("%s: %s differs", mcv_tc_name(want->type), #member)
#define SAME_TEXT(member)                                                                          \
    if (!mcv_bytes_equal(got->member, want->member))                                               \
    fail_msg("%s: %s differs", mcv_tc_name(want->type), #member)

void mcv_assert_tc_equal(const struct mcv_tc *got, const struct mcv_tc *want)
{
    SAME(type);
    SAME(ssrc);
    SAME(has);
    SAME(priority);
    SAME(reception_priority);
    SAME(duration_s);
    SAME(cause);
    SAME_TEXT(phrase);
    SAME_TEXT(transmitting_user);
    if (want->has & MCV_TC_HAS(PERMISSION)) {
        SAME(may_request);
    } else {
        assert_true(got->may_request);
    }
    SAME_TEXT(user_id);
    SAME(queue_size);
    SAME(seq);
    SAME(source);
    SAME_TEXT(track_info);
    SAME(acked_subtype);
    SAME(acked_name);
    SAME(indicator);
    SAME(audio_ssrc);
    SAME(video_ssrc);
    SAME(is_granted);
    SAME_TEXT(overriding_id);
    SAME_TEXT(overridden_id);
    SAME_TEXT(group_id);
    SAME_TEXT(functional_alias);
    SAME(reception_mode);
    SAME(n_queued);
    for (size_t i = 0; i < want->n_queued; i++) {
        SAME(queued[i].ssrc);
        SAME_TEXT(queued[i].user_id);
        SAME(queued[i].position);
        SAME(queued[i].priority);
    }
}
