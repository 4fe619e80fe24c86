// Sends the form that carries a person on to a service. Without this script they press its button.
"use strict";
document.getElementById("onward")?.submit();
