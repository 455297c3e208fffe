// The points and factors of tiles that are named by size alone. Found by wino-points: the cheapest transforms whose E
// is within a tenth of the least that it finds (README, section 5; E of each is pinned by a test). Only K = n, n + 1
// and n + 2 are here; F(2,3) K = 6 and F(3,3) K = 7 do not exist.
#include "DefaultPoints.h"

namespace wino {

static const struct {
  int m, r, K;
  const char *body;
} defaults[] = {
    {1, 1, 1, "points=[0]"}, // no transform: the direction of a 1-D tile that has no filter
    {2, 3, 4, "points=[0,1,-1,inf]"},
    {2, 3, 5, "points=[1,-1] factors=[x^2+1@(0,2,-2)]"},
    {3, 3, 5, "points=[0,4/5,-4/5,13/5,-13/5]"},
    {3, 3, 6, "points=[0,9/8,-9/8] factors=[x^2+3/2@(0,11/4,-11/4)]"},
    {4, 3, 6, "points=[0,2/3,-2/3,3/2,-3/2,inf]"},
    {4, 3, 7, "points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]"},
    {4, 3, 8, "points=[1,-1] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {5, 3, 7, "points=[2/7,-2/7,6/7,-6/7,16/9,-16/9,inf]"},
    {5, 3, 8, "points=[inf,5/4,-5/4,1/2,-1/2] factors=[x^2+1@(inf,3/4,-3/4)]"},
    {5, 3, 9, "points=[1,-1,inf] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {6, 3, 8, "points=[0,1,-1,2,-2,1/2,-1/2,inf]"},
    {6, 3, 9, "points=[0,3/4,-3/4,4/3,-4/3,inf] factors=[x^2+1@(0,2,-2)]"},
    {6, 3, 10, "points=[0,1,-1,inf] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {7, 3, 9, "points=[13/6,-13/6,2/9,-2/9,2/3,-2/3,9/8,-9/8,inf]"},
    {7, 3, 10, "points=[0,9/8,-9/8,3,-3,5/8,-5/8] factors=[x^2+1@(inf,3/4,-3/4)]"},
    {7, 3, 11, "points=[0,1,-1,2,-2] factors=[x^2-1*x+1@(inf,1,0);x^2+1*x+1@(inf,-1,0)]"},
    {8, 3, 10, "points=[0,19/8,-19/8,4/5,-4/5,3/7,-3/7,5/4,-5/4,inf]"},
    {8, 3, 11, "points=[0,1,-1,5/9,-5/9,16/9,-16/9,inf] factors=[x^2+1@(0,2,-2)]"},
    {8, 3, 12, "points=[0,3/4,-3/4,5/4,-5/4,inf] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {2, 5, 6, "points=[0,2/3,-2/3,3/2,-3/2,inf]"},
    {2, 5, 7, "points=[0,1,-1,inf] factors=[x^2+1@(0,2,-2)]"},
    {2, 5, 8, "points=[1,-1] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {3, 5, 7, "points=[2/7,-2/7,6/7,-6/7,16/9,-16/9,inf]"},
    {3, 5, 8, "points=[0,3/4,-3/4,7/4,-7/4] factors=[x^2+5/4@(inf,3/4,-3/4)]"},
    {3, 5, 9, "points=[1,-1,inf] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {4, 5, 8, "points=[0,2,-2,1,-1,1/2,-1/2,inf]"},
    {4, 5, 9, "points=[0,5/7,-5/7,7/5,-7/5,inf] factors=[x^2+1@(0,15/8,-15/8)]"},
    {4, 5, 10, "points=[0,1,-1,inf] factors=[x^2-1*x+1@(0,inf,1);x^2+1*x+1@(0,inf,-1)]"},
    {5, 5, 9, "points=[2/9,-2/9,2/3,-2/3,9/8,-9/8,11/5,-11/5,inf]"},
    {5, 5, 10, "points=[0,3,-3,8/7,-8/7,5/8,-5/8] factors=[x^2+1@(inf,2/3,-2/3)]"},
    {5, 5, 11, "points=[1/2,-1/2,5/4,-5/4,inf] factors=[x^2-1*x+1@(1/2,-3/4,8/3);x^2+1*x+1@(-1/2,3/4,-8/3)]"},
    {6, 5, 10, "points=[0,12/5,-12/5,5/4,-5/4,4/5,-4/5,3/7,-3/7,inf]"},
    {6, 5, 11, "points=[0,1/2,-1/2,1,-1,2,-2,inf] factors=[x^2+1@(inf,1,-1)]"},
    {6, 5, 12, "points=[0,3/4,-3/4,4/3,-4/3,inf] factors=[x^2-3/4*x+1@(-5,0,5/4);x^2+3/4*x+1@(5,0,-5/4)]"},
    {7, 5, 11, "points=[4/7,-4/7,11/8,-11/8,9/10,-9/10,1/5,-1/5,13/5,-13/5,inf]"},
    {7, 5, 12, "points=[0,23/6,-23/6,9/10,-9/10,1/2,-1/2,7/5,-7/5] factors=[x^2+1@(inf,2/3,-2/3)]"},
    {7, 5, 13, "points=[0,2/3,-2/3,9/8,-9/8,19/7,-19/7] factors=[x^2-4/5*x+1@(0,7/6,-9/2);x^2+4/5*x+1@(0,-7/6,9/2)]"},
    {8, 5, 12, "points=[0,1/3,-1/3,2/3,-2/3,1,-1,3/2,-3/2,3,-3,inf]"},
    {8, 5, 13, "points=[0,4/9,-4/9,11/5,-11/5,6/5,-6/5,5/6,-5/6,inf] factors=[x^2+1@(0,15/8,-15/8)]"},
    {8, 5, 14, "points=[0,5/3,-5/3,3/5,-3/5,1,-1,inf] factors=[x^2-3/4*x+1@(0,7/6,-14/3);x^2+3/4*x+1@(0,-7/6,14/3)]"},
    {2, 7, 8, "points=[0,2,-2,1,-1,1/2,-1/2,inf]"},
    {2, 7, 9, "points=[0,2/3,-2/3,3/2,-3/2,inf] factors=[x^2+1@(0,2,-2)]"},
    {2, 7, 10, "points=[0,1,-1,inf] factors=[x^2-1*x+1@(0,1,inf);x^2+1*x+1@(0,-1,inf)]"},
    {3, 7, 9, "points=[13/6,-13/6,2/9,-2/9,2/3,-2/3,9/8,-9/8,inf]"},
    {3, 7, 10, "points=[0,3,-3,8/7,-8/7,5/8,-5/8] factors=[x^2+1@(inf,7/10,-7/10)]"},
    {3, 7, 11, "points=[4/7,-4/7,8/7,-8/7,inf] factors=[x^2-7/8*x+1@(-1/8,inf,1);x^2+7/8*x+1@(1/8,inf,-1)]"},
    {4, 7, 10, "points=[0,4/5,-4/5,12/5,-12/5,5/4,-5/4,3/7,-3/7,inf]"},
    {4, 7, 11, "points=[0,1/2,-1/2,1,-1,2,-2,inf] factors=[x^2+1@(inf,1,-1)]"},
    {4, 7, 12, "points=[0,4/3,-4/3,3/4,-3/4,inf] factors=[x^2-3/4*x+1@(0,4/3,-15/4);x^2+3/4*x+1@(0,-4/3,15/4)]"},
    {5, 7, 11, "points=[4/7,-4/7,11/8,-11/8,9/10,-9/10,1/5,-1/5,13/5,-13/5,inf]"},
    {5, 7, 12, "points=[0,23/6,-23/6,9/10,-9/10,1/2,-1/2,7/5,-7/5] factors=[x^2+1@(inf,2/3,-2/3)]"},
    {5, 7, 13, "points=[0,2/3,-2/3,9/8,-9/8,19/7,-19/7] factors=[x^2-4/5*x+1@(0,7/6,-9/2);x^2+4/5*x+1@(0,-7/6,9/2)]"},
    {6, 7, 12, "points=[0,1/3,-1/3,2/3,-2/3,1,-1,3/2,-3/2,3,-3,inf]"},
    {6, 7, 13, "points=[0,11/5,-11/5,5/6,-5/6,4/9,-4/9,11/9,-11/9,inf] factors=[x^2+1@(0,11/6,-11/6)]"},
    {6, 7, 14, "points=[0,5/3,-5/3,3/5,-3/5,1,-1,inf] factors=[x^2-3/4*x+1@(-1/5,1,inf);x^2+3/4*x+1@(1/5,-1,inf)]"},
    {7, 7, 13, "points=[11/10,-11/10,1/2,-1/2,1/6,-1/6,14/9,-14/9,3,-3,7/9,-7/9,inf]"},
    {7, 7, 14, "points=[3/5,-3/5,2/9,-2/9,12/5,-12/5,9/10,-9/10,13/10,-13/10,inf] factors=[x^2+1@(inf,2/3,-2/3)]"},
    {7, 7, 15,
     "points=[2/7,-2/7,9/8,-9/8,3/4,-3/4,15/8,-15/8,inf] "
     "factors=[x^2-3/4*x+1@(-8/5,1/4,13/7);x^2+3/4*x+1@(8/5,-1/4,-13/7)]"},
    {8, 7, 14, "points=[0,5/3,-5/3,3/10,-3/10,7/8,-7/8,19/6,-19/6,8/7,-8/7,3/5,-3/5,inf]"},
    {8, 7, 15, "points=[0,5/7,-5/7,1,-1,7/5,-7/5,18/7,-18/7,3/8,-3/8,inf] factors=[x^2+1@(0,11/6,-11/6)]"},
    {8, 7, 16,
     "points=[0,2,-2,1/2,-1/2,6/5,-6/5,5/6,-5/6,inf] factors=[x^2-5/7*x+1@(-32/7,0,7/6);x^2+5/7*x+1@(32/7,0,-7/6)]"},
};

/// Points of F(m, 2), for the phases of F(m, 3)/2: simple ones whose E is within a tenth of the least that 0 (or not),
/// infinity and pairs of fractions up to 8/8 have, in which the products of the middle filter tap count too.
static const char *const phases[] = {"points=[1/2,-1/2,inf]", "points=[0,1,-1,inf]", "points=[1/2,-1/2,5/4,-5/4,inf]",
                                     "points=[0,2/3,-2/3,3/2,-3/2,inf]"};

const char *defaultPoints(int m, int r, int K, int stride) {
  if (stride == 2 && r == 3)
    return m >= 2 && m <= 5 && K == 2 * m + 1 ? phases[m - 2] : nullptr;
  for (const auto &entry : defaults)
    if (entry.m == m && entry.r == r && entry.K == K)
      return entry.body;
  return nullptr;
}

} // namespace wino
