// Boost.JSON, compiled into the program (it is used without its library).
#include <boost/json/src.hpp>
