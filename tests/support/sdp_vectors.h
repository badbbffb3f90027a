/* Session descriptions written by hand. Spec: TS 24.281 10.3.1.1.2 (private call) and 9.3.1.1.2
 * (group call), TS 24.581 12.1.2. */
#ifndef MCV_TESTS_SUPPORT_SDP_VECTORS_H
#define MCV_TESTS_SUPPORT_SDP_VECTORS_H

/* An offer of a private call over IPv6 with key management. */
#define SDP_PRIVATE                                                                                \
    "v=0\r\n"                                                                                      \
    "o=- 3967 1 IN IP6 fe80::a\r\n"                                                                \
    "s=-\r\n"                                                                                      \
    "c=IN IP6 fe80::a\r\n"                                                                         \
    "t=0 0\r\n"                                                                                    \
    "a=key-mgmt:mikey AQAFgBAA\r\n"                                                                \
    "m=audio 50000 RTP/AVP 96\r\n"                                                                 \
    "i=audio component of MCVideo\r\n"                                                             \
    "a=rtpmap:96 AMR-WB/16000\r\n"                                                                 \
    "a=rtcp:50001\r\n"                                                                             \
    "m=video 50002 RTP/AVP 97\r\n"                                                                 \
    "i=video component of MCVideo\r\n"                                                             \
    "a=rtpmap:97 H264/90000\r\n"                                                                   \
    "a=fmtp:97 profile-level-id=42e00c;packetization-mode=1\r\n"                                   \
    "a=rtcp:50003\r\n"                                                                             \
    "m=application 50004 udp MCVideo\r\n"                                                          \
    "a=fmtp:MCVideo mc_queueing;mc_priority=5;mc_reception_priority=5\r\n"

/* The session that a group call announces. */
#define SDP_GROUP                                                                                  \
    "v=0\r\n"                                                                                      \
    "o=- 3851 1 IN IP4 10.0.0.7\r\n"                                                               \
    "s=-\r\n"                                                                                      \
    "c=IN IP4 239.20.1.5/255\r\n"                                                                  \
    "t=0 0\r\n"                                                                                    \
    "m=audio 40000 RTP/AVP 99\r\n"                                                                 \
    "i=audio component of MCVideo\r\n"                                                             \
    "a=rtpmap:99 AMR-WB/16000/1\r\n"                                                               \
    "a=rtcp:40001\r\n"                                                                             \
    "m=video 40002 RTP/AVP 100\r\n"                                                                \
    "i=video component of MCVideo\r\n"                                                             \
    "a=rtpmap:100 H264/90000\r\n"                                                                  \
    "a=fmtp:100 profile-level-id=42e01f;packetization-mode=1\r\n"                                  \
    "a=rtcp:40003\r\n"                                                                             \
    "m=application 40004 udp MCVideo\r\n"                                                          \
    "a=fmtp:MCVideo mc_queueing;mc_priority=5\r\n"

/* Several payload types, media with their own address and key management, a refused medium. */
#define SDP_MEDIA                                                                                  \
    "v=0\r\n"                                                                                      \
    "o=- 18446744073709551615 0 IN IP6 2001:db8::1\r\n"                                            \
    "s=-\r\n"                                                                                      \
    "t=0 0\r\n"                                                                                    \
    "m=audio 50000 RTP/AVP 98 0 127\r\n"                                                           \
    "i=audio component of MCVideo\r\n"                                                             \
    "c=IN IP4 127.1.2.3\r\n"                                                                       \
    "a=key-mgmt:mikey AQID\r\n"                                                                    \
    "a=rtpmap:98 opus/48000/2\r\n"                                                                 \
    "a=fmtp:98 useinbandfec=1; stereo=1\r\n"                                                       \
    "a=rtpmap:127 EVS/16000/1\r\n"                                                                 \
    "a=rtcp:50009\r\n"                                                                             \
    "m=video 0 RTP/AVP 97 100\r\n"                                                                 \
    "i=video component of MCVideo\r\n"                                                             \
    "m=application 65535 udp MCVideo\r\n"                                                          \
    "c=IN IP4 127.1.2.4\r\n"                                                                       \
    "a=key-mgmt:mikey AQID\r\n"                                                                    \
    "a=fmtp:MCVideo mc_reception_priority=255;mc_granted;mc_implicit_request\r\n"

/* The offer of a video push: who calls only sends. One medium says it again, one says more. */
#define SDP_PUSH                                                                                   \
    "v=0\r\n"                                                                                      \
    "o=- 12 1 IN IP4 10.0.0.7\r\n"                                                                 \
    "s=-\r\n"                                                                                      \
    "c=IN IP4 10.0.0.7\r\n"                                                                        \
    "t=0 0\r\n"                                                                                    \
    "a=key-mgmt:mikey AQAFgBAA\r\n"                                                                \
    "a=sendonly\r\n"                                                                               \
    "m=audio 50000 RTP/AVP 96\r\n"                                                                 \
    "i=audio component of MCVideo\r\n"                                                             \
    "a=rtpmap:96 AMR-WB/16000\r\n"                                                                 \
    "a=rtcp:50001\r\n"                                                                             \
    "a=inactive\r\n"                                                                               \
    "m=video 50002 RTP/AVP 97\r\n"                                                                 \
    "i=video component of MCVideo\r\n"                                                             \
    "a=rtpmap:97 H264/90000\r\n"                                                                   \
    "a=rtcp:50003\r\n"                                                                             \
    "a=sendonly\r\n"                                                                               \
    "m=application 50004 udp MCVideo\r\n"                                                          \
    "a=fmtp:MCVideo mc_priority=5\r\n"

#endif
