/* Two I_MESSAGEs, computed with the keys of tests/support/id_keys.h by an implementation that shares
 * no code with this one, reproduces RFC 6507 A and RFC 6508 A, and opens messages of an independent
 * implementation. T D6B4323200000000, signature nonce 34567 hex in both.
 * Spec: RFC 6509, TS 33.180 E.2, E.3, E.6 */
#ifndef MCV_TESTS_SUPPORT_IMSG_VECTORS_H
#define MCV_TESTS_SUPPORT_IMSG_VECTORS_H

#define IMSG_T     0xd6b4323200000000u
#define IMSG_UTC_S 1393144754 /* 2014-02-23T08:39:14Z */
#define IMSG_NONCE "0000000000000000000000000000000000000000000000000000000000034567"
#define IMSG_KMS   "kms.example.org"
#define IMSG_ALICE "sip:alice@example.org"
#define IMSG_BOB   "sip:bob@example.org"
#define IMSG_GMS   "sip:gms@example.org"

/* alice to bob: empty map, identities in clear, no policy, no extension. 537 octets. */
#define IMSG_PCK      "00112233445566778899aabbccddeeff"
#define IMSG_PCK_ID   0x1abcdef1u
#define IMSG_PCK_RAND "101112131415161718191a1b1c1d1e1f"
#define IMSG_PCK_MESSAGE                                                                           \
    "011a05011abcdef100010b00d6b43232000000000e10101112131415161718191a1b1c1d1e1f0e01010015"       \
    "7369703a616c696365406578616d706c652e6f72670e020100137369703a626f62406578616d706c652e6f"       \
    "72670e0601000f6b6d732e6578616d706c652e6f72671a0701000f6b6d732e6578616d706c652e6f726704"       \
    "010201110427c52c9f2f49e2d42492fe4713982a47373411ff38b6587df4f7dd6e87645524cf3629c95136"       \
    "a2e649ccf964487fafb1b5eb353392839df3f1977fc7d06ffae582f3669a6f85171c233d7fbb24a66089a0"       \
    "9cd7fee8a9ad4607bb3ca6c156e1034d28b93cf94c9534602562743af1ae259edd0ec9a4125cfd17693a7b"       \
    "b2f8f68259e5ec0d11549609faafcb3e1c37404de8347030ccf4eb2b2aeaaf2323318292165f27d96d9945"       \
    "e01f36e14f64734875771cd753e1289cf242adee9d7ec7c3f0b48f77dd0ae27a44de750cf8415e17299c72"       \
    "a32380c49ed2f18222d7022dd25905cf6de318b9dbe3e2f3953b71d6752383d51ab2d4c08b4066893cee60"       \
    "df10c8ebe5b6380306fc520d2b9049d04d2d272081269d4c8fdeb66a74e4ef8c0d5dcc597ddfe6029c2aff"       \
    "c4936008cd2cc1045d8194a4074826917e3772bc1011f4184baccf364dd1ca5ec8e19c87b9d40a17f60e04"       \
    "758a142779be89e829e71984cb40ef758cc4ad775fc5b9a3e1c8ed52f6fa36d9a79d247692f4eda3a6bdab"       \
    "77d6aa6474a464ae4934663c5265ba7018ba091f79"

/* gms to bob: one crypto session (5) with policy 0, key parameters. 687 octets. */
#define IMSG_GMK      "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define IMSG_GMK_ID   0x0badf00du
#define IMSG_GUK_ID   0x00dbc209u
#define IMSG_GROUP    "sip:group1@example.org"
#define IMSG_GMK_RAND "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define IMSG_GMK_IV   "303132333435363738393a3b3c3d3e3f"
#define IMSG_PARAMS                                                                                \
    "00000000010000000000000000000000024731001a017b0016"                                           \
    "7369703a67726f757031406578616d706c652e6f7267"
#define IMSG_GMK_MESSAGE                                                                           \
    "011a050100dbc2090102050001000000080badf00d00dbc2090b00d6b43232000000000e10a0a1a2a3a4a5"       \
    "a6a7a8a9aaabacadaeaf0e010100137369703a676d73406578616d706c652e6f72670e020100137369703a"       \
    "626f62406578616d706c652e6f72670e0601000f6b6d732e6578616d706c652e6f72670a0701000f6b6d73"       \
    "2e6578616d706c652e6f72671a0000001e00010601011002010404010c0501000601000d01011201041301"       \
    "001401101501020111044daca85eba2e58f90493690686912cc6980e0ee465e69b33f33b573889c45ddcdd"       \
    "f242eebdf045f0842ab2ebd1d5258100d4a3dad4ce176715c6e460fd58ac28c3721329274c04f5f2a47fbd"       \
    "2ac39cffd613d33e0129145f9cff01a6806d53a4302d9442cae405c80103547bf6b69cdeff9820ec7c8aef"       \
    "8b28cbdcebeceb503810caa479c95abbeacd0d5b172de36e2e9b8bf368070767ccefb5f0d5a51d7ad97670"       \
    "9b5f740f67d3114921b3c7bafc135c406296124e5447e5da274902c607da1a79e52432b7e5709649b36dca"       \
    "d0edd63207e8b35af1e0d0b8e862a8604688202d189be9e9906553311112a57293764f2824716cbca2e915"       \
    "44993282627ff949fdd5d334f861077b156100444a744e010407006243005309b3b2000000000001303132"       \
    "333435363738393a3b3c3d3e3f00dbc20900003fe57b06164b227e1d1970d113b1860563e7c79165f2b2d1"       \
    "685f637a31485a7d3eb211f65b39972e689d5c6435e9fbb6d07f6b847c7c193cf2c67ff430a96092208126"       \
    "9d4c8fdeb66a74e4ef8c0d5dcc597ddfe6029c2affc4936008cd2cc1045d81c9cb60e9e96aa8487462b304"       \
    "88d988a7f552917fd97081ddccc35d90556ce110040c1156b3c763d5868ff0339f9e6e6944d62fd0c17326"       \
    "163258fcb5927d3a6c205a4b5a102d24b73adf8bea048d808e48423719be3fe8a462283dd01e1127d7c6"

#endif
