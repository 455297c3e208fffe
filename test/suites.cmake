# The suites beside the unit tests: text tests by lit, the A53 model, and scripts that drive the built tools. Each is one
# ctest entry; WINO_FULL=1 (tools/check --full) and WINO_SEED in the environment are read by the scripts.
find_program(WINO_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED) # Debian's, which has numpy
set(suite_work ${CMAKE_CURRENT_BINARY_DIR}/work)

add_subdirectory(bench/a53sim)
add_test(NAME a53sim-micro COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/bench/a53sim/micro.py $<TARGET_FILE:a53sim>)
set_tests_properties(a53sim-micro PROPERTIES TIMEOUT 120)
add_test(NAME house-rules COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tools/check_names_test.py)
add_test(NAME accuracy-bench COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/bench/accuracy/accuracy_test.py)

if(NOT TARGET wino-opt)
  return()
endif()

# Parts of the tools that have no IR to look at.
add_executable(wino-test-tools tools/OutputFolderTest.cpp tools/HostCpuTest.cpp tools/BlockRunnerTest.cpp
  ${PROJECT_SOURCE_DIR}/tools/host/BlockRunner.cpp ${PROJECT_SOURCE_DIR}/tools/host/WarpOps.cpp
  ${PROJECT_SOURCE_DIR}/tools/host/Fiber.cpp ${PROJECT_SOURCE_DIR}/tools/host/SharedRaces.cpp
  ${PROJECT_SOURCE_DIR}/tools/wino-opt/OutputFolder.cpp ${PROJECT_SOURCE_DIR}/tools/host/HostCpu.cpp)
target_include_directories(wino-test-tools PRIVATE ${PROJECT_SOURCE_DIR}/tools)
target_link_libraries(wino-test-tools PRIVATE WinoCalibrate GTest::gtest_main LLVM)
add_test(NAME unit-tools COMMAND wino-test-tools)
# Parts that look at small networks.
add_executable(wino-test-measure tools/SensitivityTest.cpp tools/AllButOneTest.cpp tools/GateTest.cpp tools/DetectionGateTest.cpp
  tools/SparseRowsTest.cpp
  tools/FloatFunctionsTest.cpp)
foreach(part Gate BucketGate DetectionGate Calibration ErrorTable SparseRows)
  target_sources(wino-test-measure PRIVATE ${PROJECT_SOURCE_DIR}/tools/wino-opt/${part}.cpp)
endforeach()
target_include_directories(wino-test-measure PRIVATE ${PROJECT_SOURCE_DIR}/tools)
target_link_libraries(wino-test-measure PRIVATE WinoTools GTest::gtest_main MLIR LLVM)
add_test(NAME unit-measure COMMAND wino-test-measure)

configure_file(lit.site.cfg.py.in ${CMAKE_CURRENT_BINARY_DIR}/lit/lit.site.cfg.py @ONLY)
find_file(WINO_LIT lit.py PATHS ${LLVM_TOOLS_BINARY_DIR}/../build/utils/lit NO_DEFAULT_PATH REQUIRED)
add_test(NAME lit COMMAND ${WINO_PYTHON} ${WINO_LIT} -sv -j2 ${CMAKE_CURRENT_BINARY_DIR}/lit)
set_tests_properties(lit PROPERTIES TIMEOUT 600)

# Header, symbols, contract and linking of small compiled models; the same models without an operating system.
add_test(NAME c-library
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/c/check.sh $<TARGET_FILE:wino-opt> ${suite_work}/c)
add_test(NAME baremetal
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/baremetal/check.sh $<TARGET_FILE:wino-opt> ${suite_work}/baremetal)
set_tests_properties(c-library baremetal PROPERTIES TIMEOUT 600)

# Layers that workers share, under ThreadSanitizer.
add_test(NAME races
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/runtime/races.sh $<TARGET_FILE:wino-opt> ${suite_work}/races
  ${LLVM_TOOLS_BINARY_DIR})
set_tests_properties(races PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)

# A whole network as kernels of a GPU, emulated.
if(TARGET wino-run)
  add_test(NAME kernels COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/kernels.sh $<TARGET_FILE:wino-opt> $<TARGET_FILE:wino-run>
    ${suite_work}/kernels)
  set_tests_properties(kernels PROPERTIES TIMEOUT 900)
endif()
# Libraries for GPUs with a driver that is none.
add_test(NAME cuda-library COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/runtime/cuda.sh $<TARGET_FILE:wino-opt> ${suite_work}/cuda)
set_tests_properties(cuda-library PROPERTIES TIMEOUT 300)

# Kernels of GPUs as NVIDIA's assembler sees them, where it is.
add_test(NAME ptxas COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/ptxas.sh $<TARGET_FILE:wino-opt> ${suite_work}/ptxas)
set_tests_properties(ptxas PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)

# Cycles of a model under the default name and under another.
add_test(NAME bench-cycles
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/cycles_test.sh $<TARGET_FILE:wino-opt> ${suite_work}/bench-cycles)
add_test(NAME predicted-cycles COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/bench/predicted_cycles_test.py)
set_tests_properties(bench-cycles predicted-cycles PROPERTIES TIMEOUT 300 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})

# The shapes of the bench of whole networks, and the bench itself on a shrunken one.
add_test(NAME bench-networks COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/bench/networks/networks_test.py
  ${suite_work}/bench-networks)
set_tests_properties(bench-networks PROPERTIES TIMEOUT 300 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})

# Networks that others trained, where they lie: what their answers become.
add_test(NAME bench-real COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/bench/real/bench.py --quick
  --work=${suite_work}/bench-real)
set_tests_properties(bench-real PROPERTIES TIMEOUT 1800 SKIP_RETURN_CODE 77 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})

# The ONNX backend suite.
add_subdirectory(conformance)

# Damaged input files: a sample, or all of them with WINO_FULL=1.
add_test(NAME hostile
  COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/hostile/run.py $<TARGET_FILE:wino-opt> ${suite_work}/hostile)
set_tests_properties(hostile PROPERTIES TIMEOUT 3600)

# The demo of the README on what was built here: accuracy, bit-exactness under qemu, cycles.
if(TARGET wino-run)
  add_test(NAME demo COMMAND ${PROJECT_SOURCE_DIR}/tools/demo --no-build --max-drop=2)
  set_tests_properties(demo PROPERTIES TIMEOUT 1200 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})
endif()

# The atlas of points, some rows of it; tools/make_atlas.py --check compares all.
add_test(NAME atlas COMMAND ${PROJECT_SOURCE_DIR}/tools/make_atlas.py --check --only=F\(2,3\) --only=F\(4,3\)
  --bin=$<TARGET_FILE_DIR:wino-points>)

# Documents: passes/README.md is what the passes say (to mend: tools/make_pass_docs.py), and what the READMEs show works.
add_test(NAME pass-docs COMMAND ${PROJECT_SOURCE_DIR}/tools/make_pass_docs.py --check
  --tblgen=$<TARGET_FILE:mlir-tblgen> --mlir-include=${MLIR_INCLUDE_DIRS})
if(TARGET wino-run)
  set_tests_properties(demo PROPERTIES FIXTURES_SETUP demo)
  add_test(NAME readme COMMAND ${WINO_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tools/readme_test.py
    $<TARGET_FILE_DIR:wino-opt> ${PROJECT_BINARY_DIR}/demo ${suite_work}/readme)
  set_tests_properties(readme PROPERTIES FIXTURES_REQUIRED demo)
endif()

# Real networks: A53 code, host code and interpreter agree; output files do not depend on run, folder or threads.
add_test(NAME determinism
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/determinism.sh $<TARGET_FILE:wino-opt> ${suite_work}/determinism)
set_tests_properties(determinism PROPERTIES TIMEOUT 1800)
if(TARGET wino-run)
  add_test(NAME networks COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/e2e/networks.py $<TARGET_FILE:wino-opt>
    $<TARGET_FILE:wino-run> ${suite_work}/networks)
  set_tests_properties(networks PROPERTIES TIMEOUT 7200 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})
  # A detector on photos.
  add_test(NAME faces COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/e2e/faces.py $<TARGET_FILE:wino-opt>
    $<TARGET_FILE:wino-run> ${suite_work})
  set_tests_properties(faces PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77)
  # The example of the README on a sample.
  add_test(NAME small-objects COMMAND ${WINO_PYTHON} -B ${PROJECT_SOURCE_DIR}/tools/examples/small_objects/compare.py --check
    --scenes=100 --calibration=512 --only=naive --only=default --work=${suite_work}/small-objects)
  set_tests_properties(small-objects PROPERTIES TIMEOUT 900 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})
  # Models that others have quantized.
  add_test(NAME quantized COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/e2e/quantized.py $<TARGET_FILE:wino-opt>
    ${suite_work}/quantized)
  set_tests_properties(quantized PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
  # QDQ models in ONNX Runtime, where npm's package is installed.
  add_test(NAME qdq COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/e2e/qdq.py $<TARGET_FILE:wino-opt> ${suite_work}/qdq)
  set_tests_properties(qdq PROPERTIES TIMEOUT 1200 SKIP_RETURN_CODE 77 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})
  # The accuracy bench on a few cells and 64 images: every step of it works, and no plan is badly wrong.
  add_test(NAME accuracy-smoke COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/bench/accuracy/accuracy.py --smoke
    --build=${PROJECT_BINARY_DIR} --work=${suite_work}/accuracy --max-drop=10 --nice=0 --only=own/f4k7/i8xi8/rtn
    --only=own/f6k9/i8xi6/scales --only=own/uniform/f4k7 --only=own/mixed)
  set_tests_properties(accuracy-smoke PROPERTIES TIMEOUT 1200)
endif()

# The bench against cuDNN: the control flow with a driver and a cuDNN that the test makes, the kernels emulated.
if(TARGET WinoTools)
  add_executable(wino-bench-bytes bench/gpu/Bytes.cpp)
  target_include_directories(wino-bench-bytes PRIVATE ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(wino-bench-bytes PRIVATE WinoTools)
  set_target_properties(wino-bench-bytes PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME bench-gpu COMMAND ${WINO_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/bench/gpu/gpu_test.py ${suite_work}/bench-gpu)
  set_tests_properties(bench-gpu PROPERTIES TIMEOUT 1800 ENVIRONMENT WINO_BUILD=${PROJECT_BINARY_DIR})
endif()
