// ChoosePlan: declaration of the pass that decides every convolution's algorithm.
#ifndef WINO_PASSES_PLAN_CHOOSEPLAN_TD
#define WINO_PASSES_PLAN_CHOOSEPLAN_TD

include "mlir/Pass/PassBase.td"

def ChoosePlan : Pass<"wino-choose-plan", "mlir::func::FuncOp"> {
  let summary = "Choose one algorithm per convolution: fewest cycles within the error budget, a policy or a locked plan first";
  let description = [{
    Sets `plan` on every `winograd.conv_2d` and says why in `winograd.why` and in a remark: the chosen cycles and error, and those of
    each rejected candidate. Without a file, a multiple-choice knapsack takes the candidates of least total cycles for which the noise
    predicted at the outputs, each layer's error times its `winograd.sensitivity`, stays within the budget (E18 to E20); with `slack` the least noise for at most that share of cycles more. The function
    gets `winograd.predicted_noise` and, for other budgets, `winograd.front`; a predicted SQNR below `min-sqnr` is a warning. A rule of
    `policy` fixes a layer or its precision first; `plan` fixes all layers and must name each convolution exactly once. A plan set in
    the IR beforehand stays. A layer that cannot take what was asked of it is an error that names the layer and the reason.
    Requires: `wino-list-candidates`.  Guarantees: every convolution has a plan that satisfies conv_2d (C6) and whose ranges fit.
    (* example test/passes/Plan/ChoosePlan/doctest.mlir *)
  }];
  let options = [
    Option<"policy", "policy", "std::string", "\"\"", "Policy file (YAML)">,
    Option<"plan", "plan", "std::string", "\"\"", "Locked plan file (YAML)">,
    Option<"errorBudget", "error-budget", "double", "0",
           "Noise-to-signal power at the outputs that plans may add to all-direct int8; 0: a quarter of 10^(-min-sqnr / 10) in all">,
    Option<"noiseBudget", "noise-budget", "double", "0",
           "Noise-to-signal power at the outputs that the plan may be predicted to have, whatever min-sqnr is; 0: see error-budget">,
    Option<"minSqnr", "min-sqnr", "double", "25", "Signal-to-noise ratio in dB that the network's outputs must keep">,
    Option<"slack", "slack", "double", "0",
           "Share of the fewest cycles within the budget that is spent on less noise, in [0, 1]">,
    Option<"precision", "precision", "std::string", "\"mixed\"", "Tap types to choose from where no policy says: mixed or int8">];
  let statistics = [Statistic<"numWinograd", "num-winograd", "Convolutions given a Winograd plan">];
  let dependentDialects = ["::wino::WinogradDialect"];
}

#endif
