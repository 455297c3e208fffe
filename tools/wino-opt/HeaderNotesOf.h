// What headers of libraries say beyond the interface, from options and report.
#ifndef WINO_TOOLS_WINO_OPT_HEADERNOTESOF_H
#define WINO_TOOLS_WINO_OPT_HEADERNOTESOF_H

#include "Options.h"
#include "wino/Emit/CHeader.h"
#include "wino/Emit/Report.h"

namespace wino {

HeaderNotes headerNotes(const Options &options, const Report &report);

} // namespace wino

#endif
