// One function per constraint of the attributes (Attrs.td).
// RUN: wino-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected a tile as plan text:}}
func.func private @plan_c1() attributes {winograd.any = #winograd.plan<"F(9999,3)">}

// -----

// expected-error@+1 {{expected pre in [0, 31], got 32}}
func.func private @requant_c1() attributes {winograd.any = #winograd.requant<pre = 32, shift = 8, lo = -128, hi = 127, multipliers = [1]>}

// -----

// expected-error@+1 {{expected shift in [1, 16], got 17}}
func.func private @requant_c2() attributes {winograd.any = #winograd.requant<pre = 0, shift = 17, lo = -128, hi = 127, multipliers = [1]>}

// -----

// expected-error@+1 {{expected -32768 <= lo <= hi <= 65535, got lo = 128 and hi = 127}}
func.func private @requant_c3() attributes {winograd.any = #winograd.requant<pre = 0, shift = 8, lo = 128, hi = 127, multipliers = [1]>}
