/* The session description that a local application receives a call with. */
#include "agent/edge/daemon.h"
#include "proto/sdp.h"

static bool find_call(const struct mcv_agent *a, uint32_t call, struct mcv_call_info *out)
{
    for (size_t i = 0; mcv_agent_call_info(a, i, out); i++)
        if (out->call == call) return true;
    return false;
}

mcv_err mcv_daemon_local_sdp(const struct mcv_daemon *d, uint32_t call, char *out, size_t cap,
                             size_t *n)
{
    static const enum mcv_sdp_kind kinds[MCV_N_MEDIA] = {MCV_SDP_AUDIO, MCV_SDP_VIDEO};
    const struct mcv_edge_config *config = mcv_daemon_config(d);
    const struct mcv_addr local = mcv_addr_with_port(config->file.media.local.addr, 0);
    struct mcv_sdp sdp = {.session_id = call, .origin = local, .connection = local};
    struct mcv_writer w = mcv_writer_of((uint8_t *)out, cap);
    struct mcv_call_info info;

    *n = 0;
    if (!find_call(mcv_daemon_agent(d), call, &info) || !info.is_established)
        return MCV_E_NOT_FOUND;
    for (unsigned m = 0; m < MCV_N_MEDIA; m++) {
        const struct mcv_format *f = &info.format[m];
        const uint16_t port = mcv_local_port(config, info.slot, (enum mcv_medium)m, MCV_LOCAL_OUT);
        if (!info.has_medium[m]) continue;
        sdp.media[kinds[m]] = (struct mcv_sdp_media){
            .is_present = true,
            .port = port,
            .rtcp_port = (uint16_t)(port + 1),
            .n_formats = 1,
            .formats = {{.pt = f->pt,
                         .channels = f->channels,
                         .clock_hz = f->clock_hz,
                         .encoding = f->name,
                         .fmtp = f->fmtp}},
        };
    }
    mcv_sdp_encode(&w, &sdp);
    *n = mcv_wr_done(&w).n;
    return w.err;
}
