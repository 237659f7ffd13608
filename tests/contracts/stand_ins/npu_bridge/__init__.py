"""A stand-in for the adapter ``npu_bridge`` of a host with 910s that computes on CPU.

It has the names, parameters and value sets that the adapter documents and the engines use or could use by
mistake, and raises for anything else and for calls in a wrong order. Each call is appended as JSON to the file
``NPU_BRIDGE_CALLS``, one per rank. Ranks talk through files in the folder ``NPU_BRIDGE_EXCHANGE``. The device
reports an overflow where ``NPU_BRIDGE_OVERFLOW`` names ``rank:step`` pairs, separated by commas.

It runs under every TensorFlow the engines run under, from 1.15 on, and so on Python 3.7.
"""
