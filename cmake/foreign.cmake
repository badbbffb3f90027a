# Third parties of another architecture, unpacked by ./run in build/sysroot; libc and libgcc come from
# the cross compiler's packages.
set(mcv_root ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot/${CMAKE_SYSTEM_PROCESSOR})
set(mcv_lib ${mcv_root}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
set(CMAKE_FIND_ROOT_PATH ${mcv_root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${mcv_lib}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${mcv_root})
string(APPEND CMAKE_C_FLAGS_INIT
  " -isystem ${mcv_root}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -isystem ${mcv_root}/usr/include")
# an old-style rpath: libraries of the libraries are found by it too
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-Wl,--disable-new-dtags,-rpath,${mcv_lib}:${mcv_root}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
