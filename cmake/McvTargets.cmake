# Functions on targets; no global compiler flags.

# Warnings, sanitizers, hardening and the include root, for every target of ours.
function(mcv_target_settings target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} PRIVATE ${PROJECT_BINARY_DIR})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wcast-qual -Wvla -Wswitch-enum -Wwrite-strings -Wundef
    $<$<BOOL:${MCV_WERROR}>:-Werror>)
  if(MCV_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${MCV_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${MCV_SANITIZE})
  endif()
  if(MCV_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(MCV_HARDEN)
    target_compile_options(${target} PRIVATE -fstack-protector-strong -fstack-clash-protection
      -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now)
  endif()
endfunction()

# mcv_library(NAME sources...): static library mcv_NAME with the alias mcv::NAME.
function(mcv_library name)
  add_library(mcv_${name} STATIC ${ARGN})
  add_library(mcv::${name} ALIAS mcv_${name})
  mcv_target_settings(mcv_${name})
endfunction()

# mcv_program(NAME sources...): an executable that is installed.
function(mcv_program name)
  add_executable(${name} ${ARGN})
  mcv_target_settings(${name})
  if(MCV_HARDEN)
    target_link_options(${name} PRIVATE -pie)
  endif()
  install(TARGETS ${name})
endfunction()

# mcv_test(NAME LABELS l... SOURCES f... LIBS t... [ENV k=v...] [TIMEOUT s]): one cmocka program, one ctest entry.
function(mcv_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "LABELS;SOURCES;LIBS;ENV" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  mcv_target_settings(${name})
  target_compile_definitions(${name} PRIVATE MCV_TEST_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${T_LIBS} mcv_test_support PkgConfig::CMOCKA)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  if(CMAKE_CROSSCOMPILING) # under an emulator
    math(EXPR T_TIMEOUT "${T_TIMEOUT} * 4")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} ENVIRONMENT "${T_ENV}")
endfunction()

# At -O0 one decapsulation would outlast the caller's timers: the arithmetic is
# optimised in every build type.
function(mcv_always_optimised target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O2>)
endfunction()

# mcv_schema(NAME): protobuf-c code of proto/schema/NAME.proto, in the build tree only,
# included as "proto/schema/NAME.pb-c.h".
function(mcv_schema name)
  set(dir ${PROJECT_BINARY_DIR}/proto/schema)
  set(source ${PROJECT_SOURCE_DIR}/proto/schema/${name}.proto)
  add_custom_command(
    OUTPUT ${dir}/${name}.pb-c.c ${dir}/${name}.pb-c.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
    COMMAND ${PROTOC_C} --proto_path=${PROJECT_SOURCE_DIR} --c_out=${PROJECT_BINARY_DIR} ${source}
    DEPENDS ${source} VERBATIM)
  add_library(mcv_schema_${name} STATIC ${dir}/${name}.pb-c.c ${dir}/${name}.pb-c.h)
  add_library(mcv::schema_${name} ALIAS mcv_schema_${name})
  target_include_directories(mcv_schema_${name} SYSTEM PUBLIC ${PROJECT_BINARY_DIR})
  target_compile_options(mcv_schema_${name} PRIVATE -w)
  target_link_libraries(mcv_schema_${name} PUBLIC PkgConfig::PROTOBUF_C)
endfunction()
