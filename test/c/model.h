/* model.h - one compiled model under names that do not depend on its prefix.
 *
 * Compile with -DModelPrefix=<prefix> -DModelUpper=<PREFIX> and
 * -DModelHeader='"/absolute/path/<prefix>.h"'. Programs that include this work
 * with any model that has one input and one or two outputs. A model may be called
 * `model`: a relative path would then find this very file, and a macro MODEL the
 * model's upper-case prefix. */
#ifndef WINO_TEST_C_MODEL_H
#define WINO_TEST_C_MODEL_H

#include ModelHeader

#define MODEL_PASTE_(a, b) a##b
#define MODEL_PASTE(a, b) MODEL_PASTE_(a, b)
#define MODEL_NAME(suffix) MODEL_PASTE(ModelPrefix, suffix)
#define MODEL_MACRO(suffix) MODEL_PASTE(ModelUpper, suffix)

#if MODEL_MACRO(_INPUTS) != 1
#error "expected a model with one input"
#endif

typedef MODEL_MACRO(_INPUT0_TYPE) model_input;
typedef MODEL_MACRO(_OUTPUT0_TYPE) model_output;
typedef MODEL_NAME(_ctx) model_ctx;

enum {
  model_input_elements = MODEL_MACRO(_INPUT0_ELEMENTS),
  model_output_elements = MODEL_MACRO(_OUTPUT0_ELEMENTS),
  model_arena_bytes = MODEL_MACRO(_ARENA_BYTES),
  model_arena_align = MODEL_MACRO(_ARENA_ALIGN),
  model_stack_bytes = MODEL_MACRO(_STACK_BYTES)
};

#if MODEL_MACRO(_OUTPUTS) == 1
typedef struct {
  model_output first[model_output_elements];
} model_outputs;
#define MODEL_RUN(ctx, in, outs) MODEL_NAME(_run)(ctx, in, (outs)->first)
#elif MODEL_MACRO(_OUTPUTS) == 2
typedef struct {
  model_output first[model_output_elements];
  MODEL_MACRO(_OUTPUT1_TYPE) second[MODEL_MACRO(_OUTPUT1_ELEMENTS)];
} model_outputs;
#define MODEL_RUN(ctx, in, outs) MODEL_NAME(_run)(ctx, in, (outs)->first, (outs)->second)
#else
#error "expected a model with one or two outputs"
#endif

#define MODEL_INIT MODEL_NAME(_init)
#define MODEL_STRERROR MODEL_NAME(_strerror)

#endif /* WINO_TEST_C_MODEL_H */
