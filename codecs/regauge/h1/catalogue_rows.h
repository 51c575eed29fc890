// The words in which the rows of the catalogue are written.
#pragma once

#include "regauge/h1/deviation.h"

namespace regauge::h1 {

/// Refuses the message.
inline constexpr Action kReject = Action::reject;
/// Accepts the message and closes the connection behind it.
inline constexpr Action kClose = Action::accept_and_close;
/// Accepts the message.
inline constexpr Action kAccept = Action::accept;

/// Stands for a side on which a row cannot occur.
inline constexpr PresetActions kNowhere{kReject, kReject, kReject, false};

}  // namespace regauge::h1
