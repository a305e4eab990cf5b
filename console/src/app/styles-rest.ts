import "./styles-rest.css";
