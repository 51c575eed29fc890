// Boost.JSON, compiled into this test program (it is used without its library).
#include <boost/json/src.hpp>
