"""Training engines, started by path under the interpreter that holds their framework."""
